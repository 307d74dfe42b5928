import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { diskSides } from './disk/lanes.ts'
import { adminClient, diskClient } from './java.ts'
import { help, type Options, parseOptions } from './options.ts'
import { missingPrerequisite } from './prerequisites.ts'
import { Processes } from './processes.ts'
import { problems, recorded, table } from './report.ts'
import type { Verdict } from './results.ts'
import { Rows, selected } from './rows.ts'
import { installAliOns } from './run-ali-ons.ts'
import { scenarios } from './scenarios.ts'
import { runSession } from './session.ts'
import { fetchReleases, makeJavaClients, makeSides } from './setup.ts'

async function run(options: Options): Promise<boolean> {
  const started = Date.now()
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-conformance-'))
  const processes = new Processes()
  const sides = makeSides(processes, options.against, options.apache)
  console.log(`conformance against ${sides.map((side) => side.label).join(' and ')}; everything lies in ${directory}`)
  const javaNames = new Set([
    ...options.clients.filter((name) => name.startsWith('java-') || name === adminClient),
    diskClient,
    ...(selected(options, 'cluster').length > 0 ? [adminClient] : []),
  ])
  const exchanged = selected(options, 'disk').map(({ disk }) => disk!.apache)
  await fetchReleases(processes, new Set([options.apache, ...exchanged]), directory)
  const clients = await makeJavaClients(processes, javaNames, directory)
  if (options.clients.includes('ali-ons')) await installAliOns(processes, directory)
  const rows = new Rows(options, (scenario) =>
    scenario.client === 'disk' ? [diskSides(processes, sides, scenario).reader] : sides,
  )
  await runSession({ options, processes, sides, clients, directory, rows })
  const verdicts = rows.verdicts()
  console.log(`\n${table(verdicts, sides)}`)
  const failed = verdicts.filter((verdict) => verdict.problems.length > 0).length
  if (failed > 0)
    console.log(`\n${problems(verdicts)}\n\nThe servers' directories and the clients' logs are kept in ${directory}`)
  else if (options.keep) console.log(`\nkept: ${directory}`)
  else rmSync(directory, { recursive: true, force: true })
  save(options, verdicts)
  console.log(`\ntook ${Math.round((Date.now() - started) / 1000)} s`)
  console.log(`conformance: ${verdicts.length - failed} passed, ${failed} failed`)
  return failed === 0 && verdicts.length > 0
}

function save(options: Options, verdicts: readonly Verdict[]): void {
  const write = (file: string, value: unknown) => writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
  if (options.json !== null) write(options.json, verdicts)
  if (options.record) write(join(import.meta.dirname, 'results.json'), recorded(verdicts))
}

async function main(): Promise<number> {
  const request = parseOptions(process.argv.slice(2))
  if (request.action === 'help') {
    console.log(help)
    return 0
  }
  if (request.action === 'list') {
    for (const { name, title } of scenarios) console.log(`${name.padEnd(40)}${title}`)
    return 0
  }
  const missing = missingPrerequisite()
  if (missing !== null) {
    const inCi = Boolean(process.env.CI)
    console.log(`conformance was ${inCi ? 'not possible' : 'SKIPPED'}: ${missing}`)
    console.log(`conformance: 0 passed, ${inCi ? 1 : 0} failed`)
    return inCi ? 1 : 0
  }
  return (await run(request.options)) ? 0 : 1
}

main().then(
  (code) => process.exit(code),
  (failure: unknown) => {
    console.error(failure instanceof Error ? (failure.stack ?? failure.message) : failure)
    console.log('conformance: 0 passed, 1 failed')
    process.exit(1)
  },
)
