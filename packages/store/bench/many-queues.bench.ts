/**
 * What many queues cost: how fast messages are stored round robin over them, how long a store with them takes to open after a clean end and after
 * kill -9, and what it then holds. Every figure comes from a process of its own.
 *
 *   node packages/store/bench/many-queues.bench.ts [queues …] [--messages N] [--folder DIR]
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { openBenchStore, sendAll } from './bench-store.ts'

const unitsPerQueue = 20
const fillBodyBytes = 100
const sendBodyBytes = 1024

export interface ManyQueuesFigure {
  queues: number
  sendsPerSecond: number
  /** Nanoseconds of the event loop's thread for a message: neighbours on the machine do not count. */
  loopCpuNs: number
  /** Messages that were refused as busy and sent again. */
  busy: number
  cleanOpenMs: number
  killedOpenMs: number
  /** Resident after opening, MiB; a store without queues takes `emptyRssMib`. */
  rssMib: number
  heapMib: number
  openFiles: number
}

/** Everything once, for stores with so many queues. */
export async function runManyQueues(
  queueCounts: readonly number[],
  messages: number,
  parent = tmpdir(),
): Promise<ManyQueuesFigure[]> {
  const figures: ManyQueuesFigure[] = []
  for (const queues of queueCounts) {
    const folder = await mkdtemp(join(parent, 'store-bench-'))
    try {
      await step('fill', folder, queues, messages)
      const clean = await step('open', folder, queues, messages)
      await step('kill', folder, queues, messages)
      const killed = await step('open', folder, queues, messages)
      const send = await step('send', folder, queues, messages)
      figures.push({
        queues,
        sendsPerSecond: send.perSecond!,
        loopCpuNs: send.loopCpuNs!,
        busy: send.busy!,
        cleanOpenMs: clean.ms!,
        killedOpenMs: killed.ms!,
        rssMib: clean.rssMib!,
        heapMib: clean.heapMib!,
        openFiles: clean.openFiles!,
      })
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  return figures
}

type Report = Record<string, number>

async function step(name: keyof typeof steps, folder: string, queues: number, messages: number): Promise<Report> {
  const args = [
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

if (import.meta.main) {
  const { values, positionals } = parseArgs({
    options: { messages: { type: 'string' }, folder: { type: 'string' }, step: { type: 'string' } },
    allowPositionals: true,
  })
  const queues = positionals.length > 0 ? positionals.map(Number) : [8, 10_000, 50_000]
  const messages = Number(values.messages ?? 2_000_000)
  if (values.step === undefined) console.table(await runManyQueues(queues, messages, values.folder))
  else {
    const report = await steps[values.step as keyof typeof steps](values.folder!, queues[0]!, messages)
    console.log(JSON.stringify(report))
  }
}
