import type { MessageStore } from '../src/index.ts'
import { fillBacklog, readOn } from './backlog.bench.ts'
import { type Figure, figureOf, measureRound, median, percentile, type Round, rounded, type Work } from './measure.ts'
import { coldness, dropFromPageCache } from './page-cache.ts'
import {
  type Extent,
  forSeconds,
  inFolder,
  messagesFor,
  openStore,
  perTickOf,
  queueCount,
  recordBytes,
  sendFlatOut,
} from './workload.ts'

const topic = 'Backlog'
const sequentialReaders = 4
const randomReadsUnderWay = 32
/** What lies in the store's memory after it was filled, with room to spare. */
const hotBytes = 16 * 1024 * 1024

/** Reading on through a backlog of 1 KB messages: from the page cache, and from the disk. */
export function sequentialReadBenchmark(extent: Extent): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const count = await fillBacklog(folder, topic, 1024, extent.backlogBytes)
    const warm: Round[] = []
    const cold: Round[] = []
    let isDropped = true
    for (let round = 0; round < extent.rounds; round++) {
      isDropped &&= dropFromPageCache(folder)
      cold.push(await readRound(folder, count, extent.seconds))
      warm.push(await readRound(folder, count, extent.seconds))
    }
    return [
      { ...figureOf('cold read 1 KB, 4 readers', cold), notes: coldness(isDropped) },
      { ...figureOf('read again 1 KB, 4 readers', warm), notes: 'in the page cache, not in the store' },
    ]
  })
}

/** Until everything was read once, or the time is up. */
async function readRound(folder: string, count: number, seconds: number): Promise<Round> {
  const store = await openStore(folder)
  const isLate = forSeconds(seconds)
  let read = 0
  const round = await measureRound(async () => {
    const perReader = Math.floor(count / queueCount)
    await Promise.all(
      Array.from({ length: sequentialReaders }, (_, queueId) => {
        let mine = 0
        return readOn(
          store,
          topic,
          queueId,
          () => mine >= perReader || isLate(),
          (more) => {
            mine += more
            read += more
          },
        )
      }),
    )
    return { operations: read, bytes: read * recordBytes(topic, 1024) }
  })
  await store.close()
  return round
}

/** Single messages of 4 KB here and there, 32 asked for at a time. */
export function randomReadBenchmark(extent: Extent): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const count = await fillBacklog(folder, topic, 4096, extent.backlogBytes)
    const rounds: Round[] = []
    const latenciesMs: number[] = []
    let isDropped = true
    for (let round = 0; round < extent.rounds; round++) {
      isDropped &&= dropFromPageCache(folder)
      const store = await openStore(folder)
      rounds.push(await measureRound(() => readHereAndThere(store, count, extent.seconds, latenciesMs)))
      await store.close()
    }
    const figure = figureOf('random read 4 KB, 32 under way', rounds)
    return [{ ...figure, p99Ms: rounded(percentile(latenciesMs, 0.99)), notes: coldness(isDropped) }]
  })
}

async function readHereAndThere(
  store: MessageStore,
  count: number,
  seconds: number,
  latenciesMs: number[],
): Promise<Work> {
  const isDone = forSeconds(seconds)
  const perQueue = Math.floor(count / queueCount)
  let read = 0
  const reader = async () => {
    do {
      const start = performance.now()
      const offset = Math.floor(Math.random() * perQueue)
      const queueId = Math.floor(Math.random() * queueCount)
      const { records } = await store.get({ topic, queueId, offset, maxMessages: 1 })
      latenciesMs.push(performance.now() - start)
      read += records.length
    } while (!isDone())
  }
  await Promise.all(Array.from({ length: randomReadsUnderWay }, reader))
  return { operations: read, bytes: read * recordBytes(topic, 4096) }
}

/** What has just come, read from the store's memory. */
export function hotReadBenchmark(extent: Extent): Promise<Figure[]> {
  return inFolder(async (folder) => {
    await fillBacklog(folder, topic, 1024, 1024 * 1024)
    const store = await openStore(folder)
    const size = recordBytes(topic, 1024)
    const count = Math.floor(hotBytes / size / queueCount) * queueCount
    await sendFlatOut(store, messagesFor(topic, 1024), perTickOf(size), (sent) => sent >= count)
    const rounds: Round[] = []
    for (let round = 0; round < extent.rounds; round++) {
      rounds.push(await measureRound(async () => readHot(store, count / queueCount, extent.seconds, size)))
    }
    await store.close()
    const figure = figureOf('hot read 1 KB', rounds)
    return [{ ...figure, notes: `${Math.round(median(rounds.map((r) => r.operations / r.seconds)))} messages/s` }]
  })
}

function readHot(store: MessageStore, perQueue: number, seconds: number, size: number): Work {
  const isDone = forSeconds(seconds)
  let read = 0
  do {
    for (const { queueId, maxOffset } of store.queues()) {
      for (let offset = maxOffset - perQueue; offset < maxOffset; ) {
        const result = store.get({ topic, queueId, offset, maxMessages: 32 })
        if (result instanceof Promise) throw new Error('a message that has just come was not in memory')
        read += result.records.length
        offset = result.nextBeginOffset
      }
    }
  } while (!isDone())
  return { operations: read, bytes: read * size }
}
