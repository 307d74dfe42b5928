/**
 * How long `cometmq standalone` takes until it is ready, and how much memory it holds when idle.
 *
 *   node benchmarks/startup.ts [--runs 10] [--idle-ms 1000] [--built]
 *
 * From the sources; with --built also as users install it, built for this.
 *
 * Cold: without Node's compile cache, as at the very first start. Warm: with it, as at every later one. The system's file cache is warm in both. The time
 * is from the start of the process to its "ready" line, as seen from outside.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { leadingComment } from '../scripts/leading-comment.ts'
import { publishedCommand } from './published-command.ts'

const sources = join(import.meta.dirname, '..', 'packages', 'cli', 'bin', 'cometmq.js')

interface Figures {
  readyMs: number
  /** CPU time of the process until then: what a busy machine does not change much. */
  readyCpuMs: number
  residentMb: number
  anonymousMb: number
  closeMs: number
}

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '10' },
    'idle-ms': { type: 'string', default: '1000' },
    built: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(leadingComment(import.meta.filename))
} else {
  const folder = mkdtempSync(join(tmpdir(), 'cometmq-startup-'))
  try {
    const commands: Record<string, string> = { sources }
    if (values.built) commands.built = (await publishedCommand()).bin
    await compare(commands, folder, Number(values.runs), Number(values['idle-ms']))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Everything in turn, so that what else the machine does meets all alike. */
async function compare(commands: Record<string, string>, folder: string, runs: number, idleMs: number): Promise<void> {
  const found: Record<string, Figures[]> = {}
  const warmCache = join(folder, 'warm')
  for (const bin of Object.values(commands)) await measure(bin, folder, warmCache, 0)
  for (let run = 0; run < runs; run++)
    for (const [name, bin] of Object.entries(commands)) {
      const caches = { cold: mkdtempSync(join(folder, 'cold-')), warm: warmCache }
      for (const [state, cache] of Object.entries(caches))
        (found[`${name}, ${state}`] ??= []).push(await measure(bin, folder, cache, idleMs))
    }
  console.log(`node ${process.version}, ${runs} runs each: median (least to most)`)
  console.table(Object.fromEntries(Object.entries(found).map(([name, figures]) => [name, summary(figures)])))
}

async function measure(bin: string, folder: string, compileCache: string, idleMs: number): Promise<Figures> {
  const data = mkdtempSync(join(folder, 'data-'))
  const ports = ['--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']
  const startedAtMs = performance.now()
  const server = spawn(process.execPath, [bin, 'standalone', '--data', data, '--log-level', 'warn', ...ports], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  })
  const exited = new Promise<number | null>((resolve) => server.once('exit', resolve))
  let isReady = false
  for await (const line of createInterface({ input: server.stdout })) {
    isReady = line.startsWith('ready in')
    if (isReady) break
  }
  if (!isReady) throw new Error(`the server ended with ${await exited} before it was ready`)
  const readyMs = performance.now() - startedAtMs
  const readyCpuMs = cpuMs(server.pid!)
  await sleep(idleMs)
  const status = readFileSync(`/proc/${server.pid}/status`, 'utf8')
  const megabytes = (name: string) => Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)![1]) / 1024
  const figures = { readyMs, readyCpuMs, residentMb: megabytes('VmRSS'), anonymousMb: megabytes('RssAnon') }
  const askedAtMs = performance.now()
  server.kill('SIGTERM')
  await exited
  return { ...figures, closeMs: performance.now() - askedAtMs }
}

/** Linux counts in hundredths of a second. */
function cpuMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /, '')
    .split(' ')
  return (Number(fields[11]) + Number(fields[12])) * 10
}

function summary(figures: readonly Figures[]): Record<string, string> {
  const names = ['readyMs', 'readyCpuMs', 'residentMb', 'anonymousMb', 'closeMs'] as const
  return Object.fromEntries(
    names.map((name) => {
      const sorted = figures.map((one) => one[name]).sort((a, b) => a - b)
      const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)]!.toFixed(0)
      return [name, `${at(0.5)} (${at(0)} to ${at(1)})`]
    }),
  )
}
