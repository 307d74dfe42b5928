/**
 * What many queues cost: how fast messages are stored round robin over them, how long a store with them takes to open after a clean end and after
 * kill -9, and what it then holds. Every figure comes from a process of its own.
 *
 *   node packages/store/bench/many-queues.bench.ts [queues …] [--messages N] [--rounds N] [--folder DIR] [--json]
 *
 * The stores are sent to in turns: a machine that others use too changes from second to second, and only the quotients of neighbouring rounds say something.
 */
import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { leadingComment } from '../../../scripts/leading-comment.ts'
import { openBenchStore, sendAll } from './bench-store.ts'

const unitsPerQueue = 20
const fillBodyBytes = 100
const sendBodyBytes = 1024

export interface ManyQueuesFigure {
  queues: number
  sendsPerSecond: Spread
  /** Nanoseconds of the event loop's thread for a message: neighbours on the machine do not count. */
  loopCpuNs: Spread
  /** Quotients with the first number of queues, round by round. */
  sendsRatio: Spread
  loopCpuRatio: Spread
  /** Messages that were refused as busy and sent again. */
  busy: number
  cleanOpenMs: number
  killedOpenMs: number
  /** Resident after opening, MiB. */
  rssMib: number
  heapMib: number
  openFiles: number
}

/** Of all rounds. */
export interface Spread {
  median: number
  least: number
  most: number
}

export interface ManyQueuesExtent {
  /** Stored in each round, after a quarter of them for warming up. */
  messages: number
  rounds: number
  /** Where the stores are made. */
  parent?: string
}

/** Stores with so many queues each; then all of them are sent to in turns, round by round. */
export async function runManyQueues(
  queueCounts: readonly number[],
  { messages, rounds, parent = tmpdir() }: ManyQueuesExtent,
): Promise<ManyQueuesFigure[]> {
  const folder = await mkdtemp(join(parent, 'store-bench-'))
  try {
    const opened: Opened[] = []
    for (const queues of queueCounts) opened.push(await openings(join(folder, `${queues}`), queues))
    const sends: Report[][] = opened.map(() => [])
    for (let round = 0; round < rounds; round++) {
      for (const [at, { folder, queues }] of opened.entries())
        sends[at]!.push(await step('send', folder, queues, messages))
    }
    return opened.map(({ queues, clean, killed }, at) => ({
      queues,
      ...{ sendsPerSecond: spread(sends, at, 'perSecond'), loopCpuNs: spread(sends, at, 'loopCpuNs') },
      ...{ sendsRatio: ratio(sends, at, 'perSecond'), loopCpuRatio: ratio(sends, at, 'loopCpuNs') },
      busy: Math.max(...sends[at]!.map(({ busy }) => busy!)),
      cleanOpenMs: clean.ms!,
      killedOpenMs: killed.ms!,
      rssMib: clean.rssMib!,
      heapMib: clean.heapMib!,
      openFiles: clean.openFiles!,
    }))
  } finally {
    await rm(folder, { recursive: true })
  }
}

interface Opened {
  queues: number
  folder: string
  clean: Report
  killed: Report
}

/** Fills a store, and opens it after a clean end and after kill -9. */
async function openings(folder: string, queues: number): Promise<Opened> {
  await mkdir(folder)
  await step('fill', folder, queues)
  const clean = await step('open', folder, queues)
  await step('kill', folder, queues)
  return { queues, folder, clean, killed: await step('open', folder, queues) }
}

function spread(sends: readonly Report[][], at: number, name: string): Spread {
  return spreadOf(sends[at]!.map((report) => report[name]!))
}

function ratio(sends: readonly Report[][], at: number, name: string): Spread {
  const quotients = sends[at]!.map((report, round) => report[name]! / sends[0]![round]![name]!)
  return spreadOf(quotients.map((quotient) => Math.round(quotient * 100) / 100))
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  return { median: sorted[sorted.length >> 1]!, least: sorted[0]!, most: sorted.at(-1)! }
}

type Report = Record<string, number>

async function step(name: keyof typeof steps, folder: string, queues: number, messages = 0): Promise<Report> {
  const args = [
    // As `cometmq` collects.
    ...['--no-parallel-scavenge', '--max-semi-space-size=8'],
    '--expose-gc',
    import.meta.filename,
    '--step',
    name,
    '--folder',
    folder,
    '--messages',
    `${messages}`,
    `${queues}`,
  ]
  const ran = promisify(execFile)(process.execPath, args)
  if (name !== 'kill') return JSON.parse((await ran).stdout) as Report
  await ran.catch((error: { signal?: string }) => {
    if (error.signal !== 'SIGKILL') throw error
  })
  return {}
}

const steps = {
  async fill(folder: string, queues: number): Promise<Report> {
    const store = await openBenchStore(folder)
    await sendAll(store, { count: queues * unitsPerQueue, queueCount: queues, bodyBytes: fillBodyBytes })
    await store.close()
    return {}
  },

  async open(folder: string): Promise<Report> {
    const before = performance.now()
    const store = await openBenchStore(folder)
    const ms = Math.round(performance.now() - before)
    global.gc?.()
    const { rss, heapUsed } = process.memoryUsage()
    const openFiles = await openFilesNow()
    await store.close()
    return { ms, rssMib: Math.round(rss / 2 ** 20), heapMib: Math.round(heapUsed / 2 ** 20), openFiles }
  },

  /** Ends without a word when every queue has got another message. */
  async kill(folder: string, queues: number): Promise<Report> {
    const store = await openBenchStore(folder)
    await sendAll(store, { count: queues, queueCount: queues, bodyBytes: fillBodyBytes })
    process.kill(process.pid, 'SIGKILL')
    return {}
  },

  async send(folder: string, queues: number, messages: number): Promise<Report> {
    const store = await openBenchStore(folder)
    const load = { queueCount: queues, bodyBytes: sendBodyBytes }
    await sendAll(store, { ...load, count: Math.ceil(messages / 4) })
    const before = performance.now()
    const loopBefore = process.threadCpuUsage()
    const busy = await sendAll(store, { ...load, count: messages })
    const perSecond = Math.round((messages / (performance.now() - before)) * 1000)
    const { user, system } = process.threadCpuUsage(loopBefore)
    await store.close()
    return { perSecond, busy, loopCpuNs: Math.round(((user + system) * 1000) / messages) }
  },
}

/** Descriptors of this process; 0 where the system does not tell. */
async function openFilesNow(): Promise<number> {
  if (process.platform !== 'linux') return 0
  return (await readdir('/proc/self/fd')).length
}

function rowOf({ queues, ...figure }: ManyQueuesFigure): Record<string, unknown> {
  const shown = ({ median, least, most }: Spread) => `${median} (${least}–${most})`
  return {
    queues,
    'sends/s': shown(figure.sendsPerSecond),
    '÷ first': shown(figure.sendsRatio),
    'loop CPU ns': shown(figure.loopCpuNs),
    'CPU ÷ first': shown(figure.loopCpuRatio),
    busy: figure.busy,
    'opens ms: clean, killed': `${figure.cleanOpenMs}, ${figure.killedOpenMs}`,
    'MiB resident, heap': `${figure.rssMib}, ${figure.heapMib}`,
    'open files': figure.openFiles,
  }
}

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: {
      messages: { type: 'string', default: '1000000' },
      rounds: { type: 'string', default: '5' },
      folder: { type: 'string' },
      step: { type: 'string' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
    allowPositionals: true,
  })
  const queues = positionals.length > 0 ? positionals.map(Number) : [8, 10_000, 50_000]
  const messages = Number(values.messages)
  if (values.help) console.log(leadingComment(import.meta.filename))
  else if (values.step !== undefined) {
    const report = await steps[values.step as keyof typeof steps](values.folder!, queues[0]!, messages)
    console.log(JSON.stringify(report))
  } else {
    const extent = { messages, rounds: Number(values.rounds), ...(values.folder && { parent: values.folder }) }
    const figures = await runManyQueues(queues, extent)
    if (values.json) console.log(JSON.stringify(figures))
    else console.table(figures.map(rowOf))
  }
}
