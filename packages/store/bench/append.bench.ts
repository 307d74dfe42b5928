/**
 * What the store costs on one core: appending, reading what has just come, and reading from files, next to one raw batched write of the same
 * bytes in the same run. `node packages/store/bench/append.bench.ts [messages]`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { MessageStore, type MessageToStore } from '../src/index.ts'

/** Messages handed over in one turn of the event loop. */
const perTick = 200
const queueCount = 8
const properties = 'UNIQ_KEY\u0001AC11000100002A9F0000000000000001\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002'

export interface Figure {
  name: string
  /** Of wall time. */
  nsPerMessage: number
  /** Of the time that this process was on a core, other threads included. */
  cpuNsPerMessage: number
  megabytesPerSecond: number
}

/** Runs everything once over `count` messages for each size of body. */
export async function runBenchmark(count: number, bodySizes: readonly number[] = [128, 1024]): Promise<Figure[]> {
  const figures: Figure[] = []
  for (const bodyBytes of bodySizes) {
    const folder = await mkdtemp(join(tmpdir(), 'store-bench-'))
    try {
      figures.push(...(await benchmarkSize(join(folder, 'store'), count, bodyBytes)))
      figures.push(await rawWrite(join(folder, 'raw'), count, bodyBytes))
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  return figures
}

async function benchmarkSize(folder: string, count: number, bodyBytes: number): Promise<Figure[]> {
  const openStore = () =>
    MessageStore.open(
      { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10911 } },
      { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid },
    )
  let store = await openStore()
  const bytes = recordBytes(bodyBytes) * count
  const append = await measure(`append ${bodyBytes} B`, count, bytes, () => appendAll(store, count, bodyBytes))
  const recent = Math.min(count, Math.floor((16 * 1024 * 1024) / recordBytes(bodyBytes)))
  const perQueue = Math.floor(Math.min(recent / queueCount, 2000))
  const hot = await measure(
    `hot read ${bodyBytes} B`,
    perQueue * queueCount,
    recordBytes(bodyBytes) * perQueue * queueCount,
    () => readAll(store, (max) => max - perQueue),
  )
  await store.close()
  store = await openStore()
  const cold = await measure(`cold read ${bodyBytes} B`, count, bytes, () => readAll(store, () => 0))
  await store.close()
  return [append, hot, cold]
}

const recordBytes = (bodyBytes: number) => 91 + 'Topic'.length + properties.length + bodyBytes

function appendAll(store: MessageStore, count: number, bodyBytes: number): Promise<void> {
  const messages = Array.from(
    { length: queueCount },
    (_, queueId): MessageToStore => ({
      ...{ topic: 'Topic', queueId, flag: 0, sysFlag: 0, bornTimestamp: 1, bornHost: { host: '127.0.0.1', port: 1 } },
      ...{
        reconsumeTimes: 0,
        preparedTransactionOffset: 0,
        properties,
        body: Buffer.alloc(bodyBytes, 'x'),
        waitStored: true,
      },
    }),
  )
  return new Promise((resolve, reject) => {
    let sent = 0
    let acknowledged = 0
    const onAcknowledged = () => {
      if (++acknowledged === count) resolve()
    }
    const tick = () => {
      for (let n = 0; n < perTick && sent < count; n++) {
        store.put(messages[sent++ % queueCount]!).then(onAcknowledged, reject)
      }
      if (sent < count) setImmediate(tick)
    }
    tick()
  })
}

async function readAll(store: MessageStore, from: (maxOffset: number) => number): Promise<void> {
  for (const { queueId, maxOffset } of store.queues()) {
    for (let offset = from(maxOffset); offset < maxOffset; ) {
      const result = store.get({ topic: 'Topic', queueId, offset, maxMessages: 32 })
      offset = (result instanceof Promise ? await result : result).nextBeginOffset
    }
  }
}

/** The floor: the same bytes in writes of the size of a batch, from memory that is filled already. */
async function rawWrite(path: string, count: number, bodyBytes: number): Promise<Figure> {
  const file = await nodeFileSystem.open(path, { create: true })
  const batch = Buffer.alloc(recordBytes(bodyBytes) * perTick, 'x')
  const figure = await measure(`raw write ${bodyBytes} B`, count, recordBytes(bodyBytes) * count, async () => {
    for (let sent = 0; sent < count; sent += perTick) file.writeNow(batch, recordBytes(bodyBytes) * sent)
  })
  await file.close()
  return figure
}

async function measure(name: string, count: number, bytes: number, work: () => Promise<void>): Promise<Figure> {
  const cpuBefore = process.cpuUsage()
  const before = performance.now()
  await work()
  const seconds = (performance.now() - before) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const nsPerMessage = Math.round((seconds * 1e9) / count)
  const cpuNsPerMessage = Math.round(((user + system) * 1000) / count)
  return { name, nsPerMessage, cpuNsPerMessage, megabytesPerSecond: Math.round(bytes / seconds / 1e6) }
}

if (import.meta.main) {
  const count = Number(process.argv[2] ?? 300_000)
  await runBenchmark(Math.ceil(count / 10))
  console.table(await runBenchmark(count))
}
