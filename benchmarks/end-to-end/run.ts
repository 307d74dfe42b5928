/** The bench's one command; `--help` tells its options. */
import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { helpText, type Options, parseOptions } from './options.ts'
import { takenPorts } from './port-check.ts'
import { checkBounds, readRecorded, record } from './recorded-bounds.ts'
import { describeMachine, isMemoryFileSystem, type Machine } from './report/machine.ts'
import { writePlots } from './report/plot.ts'
import { ratiosTo, summarise } from './report/summary.ts'
import { renderTables } from './report/table.ts'
import { apache } from './servers/apache.ts'
import { cometmq } from './servers/cometmq.ts'
import type { ServerKind } from './servers/server.ts'
import { Session } from './session.ts'
import { missingForSystemCalls } from './system-calls.ts'

const indispensable: readonly ServerKind[] = [apache, cometmq]
const startedAtMs = performance.now()

async function main(): Promise<number> {
  const asked = parseOptions(process.argv.slice(2))
  if (asked === undefined) {
    console.log(helpText)
    return 0
  }
  const options = { ...asked, against: await withoutMissingRivals(asked.against) }
  for (const kind of options.against) {
    const missing = await kind.missing()
    if (missing === undefined) continue
    const skips = options.smoke && !process.env.CI && kind.name === 'apache'
    console.log(`${skips ? 'skipped' : 'cannot run'}: ${kind.name}: ${missing}`)
    return skips ? 0 : 1
  }
  if (options.against.length === 0) {
    console.log('cannot run: no server is left')
    return 1
  }
  for (const kind of options.against) {
    const taken = await takenPorts(kind, options.portOffset)
    if (taken === undefined) continue
    console.log(`cannot run: ${taken}`)
    return 1
  }
  if (options.systemCalls) {
    const missing = await missingForSystemCalls()
    if (missing !== undefined) {
      console.log(`cannot run with --syscalls: ${missing}`)
      return 1
    }
  }
  const directory = realpathSync(mkdtempSync(`${options.directory ?? tmpdir()}/cometmq-bench-`))
  const session = new Session(options, directory, say)
  let ending = false
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
    process.on(signal, async () => {
      // A second signal would otherwise end this process before its servers.
      if (ending) return
      ending = true
      say(`${signal}: stopping the servers`)
      await session.stop()
      rmSync(directory, { recursive: true, force: true })
      process.exit(130)
    })
  try {
    const versions: Record<string, string> = {}
    for (const kind of options.against) {
      await kind.prepare()
      Object.assign(versions, await kind.versions())
    }
    const machine = describeMachine(directory)
    introduce(machine, versions, options)
    // Hours of figures are not lost because one server failed to start.
    await session.run().catch((error: Error) => session.fail(error))
    return conclude(session, options, machine, versions)
  } finally {
    await session.stop()
    if (options.keep) say(`the servers' files are in ${directory}`)
    else rmSync(directory, { recursive: true, force: true })
  }
}

/** A rival whose packages are not here is left out, and that is said; without the two that the project is about there is no bench. */
async function withoutMissingRivals(kinds: readonly ServerKind[]): Promise<ServerKind[]> {
  const left: ServerKind[] = []
  for (const kind of kinds) {
    const missing = indispensable.includes(kind) ? undefined : await kind.missing()
    if (missing === undefined) left.push(kind)
    else console.log(`left out: ${kind.name}: ${missing}`)
  }
  return left
}

function introduce(machine: Machine, versions: Record<string, string>, options: Options): void {
  say(
    `${machine.processor}, ${machine.cores} cores, ${machine.memoryMb} MB, Linux ${machine.kernel}, ${machine.fileSystem}`,
  )
  say(
    Object.entries(versions)
      .map(([what, version]) => `${what}: ${version}`)
      .join('; '),
  )
  say(
    `generator on ${machine.generator}; ${options.rounds} rounds of ${options.windowSeconds} s; JVM heap ${options.heap}`,
  )
  if (options.against.length > 1)
    say('all servers are up at once, one is loaded at a time; the idle one costs a little CPU')
  if (isMemoryFileSystem(machine.fileSystem))
    say('WARNING: this is a memory file system: flushing costs nothing; give --dir')
  if (machine.loadBefore > 0.5) say(`WARNING: the machine was not idle before (load ${machine.loadBefore.toFixed(1)})`)
}

function conclude(session: Session, options: Options, machine: Machine, versions: Record<string, string>): number {
  const { measurements, failures, settings } = session
  const base = options.against[0]!.name
  const summaries = summarise(measurements)
  const ratios = ratiosTo(base, measurements)
  console.log(`\n${renderTables(summaries, ratios)}\n`)
  console.log(
    'median [least–greatest] over the rounds; ÷: the quotient of each round with its neighbour, then the median',
  )
  for (const remark of session.remarks) console.log(remark)
  const checks = checkBounds(ratios, readRecorded())
  if (options.record) record(ratios)
  if (options.jsonFile !== undefined) {
    const { against, workloads, ...rest } = options
    const asked = { ...rest, against: against.map(({ name }) => name), workloads: workloads.map(({ name }) => name) }
    const about = { date: new Date().toISOString(), machine, versions, options: asked, settings }
    const report = { ...about, measurements, summaries, ratios, checks, failures, remarks: [...session.remarks] }
    writeFileSync(options.jsonFile, `${JSON.stringify(report, null, 2)}\n`)
    say(`all figures are in ${options.jsonFile}`)
  }
  if (options.plotDirectory !== undefined) {
    const plots = writePlots(options.plotDirectory, measurements)
    say(`${plots} plots are in ${options.plotDirectory}`)
  }
  for (const { name, recorded, measured, broken } of checks)
    console.log(`${broken ? 'GROSS LOSS' : 'within bounds'}: ${name}: ${measured.toPrecision(3)}, recorded ${recorded}`)
  if (options.smoke && checks.length === 0) console.log('no bound is recorded for these workloads: only errors count')
  for (const { flush, workload, server, round, reason } of failures)
    console.log(`FAILED: ${flush} ${workload} round ${round} on ${server}: ${reason}`)
  return failures.length > 0 || checks.some(({ broken }) => broken) ? 1 : 0
}

function say(line: string): void {
  const seconds = ((performance.now() - startedAtMs) / 1000).toFixed(0).padStart(4)
  console.log(`${seconds} s  ${line}`)
}

main().then(
  (exitCode) => {
    process.exitCode = exitCode
  },
  (error: Error) => {
    console.error(`the bench failed: ${error.message}`)
    process.exitCode = 1
  },
)
