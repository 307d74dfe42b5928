import { nodeClock } from '@cometmq/platform/node'
import type { GetResult, MessageStore, MessageToStore } from '../src/index.ts'
import { type Figure, figureOf, measureRound, median, percentile, type Round, rounded } from './measure.ts'
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

const hotTopic = 'Hot'
const oldTopic = 'Backlog'
const bodyBytes = 1024
const coldReaders = 4
/** Senders that each wait for their answer before they send again. */
const senders = 64
const messagesPerRead = 32
/** Where answers are put together, one after the other; made once, as its pages cost as much as thousands of messages. */
const answer = Buffer.alloc(256 * 1024, 'x')

interface Load {
  round: Round
  putLatenciesMs: number[]
  hotReads: number
  coldReads: number
}

/**
 * Senders and a consumer that keeps up, with and without readers of a backlog that is many times what the store keeps in memory: at half of the full rate, and
 * flat out. Every message that is read is copied, as the broker copies it behind the header of its answer.
 */
export function backlogBenchmark(extent: Extent): Promise<Figure[]> {
  return inFolder(async (folder) => {
    await fillBacklog(folder, oldTopic, bodyBytes, extent.backlogBytes)
    const store = await openStore(folder)
    try {
      const maxPerSecond = await fullRate(store, extent)
      const figures: Figure[] = []
      for (const [name, perSecond] of [
        ['half rate', maxPerSecond / 2],
        ['full rate', Number.POSITIVE_INFINITY],
      ] as const) {
        const alone: Load[] = []
        const withBacklog: Load[] = []
        let isDropped = true
        for (let round = 0; round < extent.rounds; round++) {
          // Each of the two comes first in every other round.
          for (const readers of round % 2 === 0 ? [0, coldReaders] : [coldReaders, 0]) {
            if (round % 8 === 0) {
              await store.sync()
              isDropped = dropFromPageCache(folder) && isDropped
            }
            const load = await runLoad(store, perSecond, readers, extent.seconds)
            if (readers === 0) alone.push(load)
            else withBacklog.push(load)
          }
        }
        figures.push(...figuresOf(name, alone, withBacklog, coldness(isDropped)))
      }
      return figures
    } finally {
      await store.close()
    }
  })
}

/** The best of several, as a neighbour's burst would make half of it a trickle. */
async function fullRate(store: MessageStore, { rounds, seconds }: Extent): Promise<number> {
  let best = 0
  for (let round = 0; round < rounds; round++) {
    const { round: full } = await runLoad(store, Number.POSITIVE_INFINITY, 0, seconds)
    best = Math.max(best, full.operations / full.seconds)
  }
  return best
}

function figuresOf(name: string, alone: readonly Load[], withBacklog: readonly Load[], notes: string): Figure[] {
  const figure = (label: string, loads: readonly Load[]) => ({
    ...figureOf(
      `${name}, ${label}`,
      loads.map(({ round }) => round),
    ),
    p99Ms: rounded(median(loads.map(({ putLatenciesMs }) => percentile(putLatenciesMs, 0.99)))),
  })
  const perSecond = (load: Load, of: (load: Load) => number) => of(load) / load.round.seconds
  const quotient = (of: (load: Load) => number) =>
    rounded(median(withBacklog.map((load, index) => perSecond(load, of) / perSecond(alone[index]!, of))))
  return [
    figure('sends alone', alone),
    {
      ...figure('sends beside a backlog', withBacklog),
      ratios: {
        'sends alone': quotient(({ round }) => round.operations),
        'hot reads alone': quotient((l) => l.hotReads),
      },
      notes: `${Math.round(median(withBacklog.map((load) => perSecond(load, (l) => l.coldReads))))} old messages/s, ${notes}`,
    },
  ]
}

/** A store with a backlog of one topic, closed again. */
export async function fillBacklog(
  folder: string,
  topic: string,
  bytesOfBody: number,
  backlogBytes: number,
): Promise<number> {
  const store = await openStore(folder)
  const size = recordBytes(topic, bytesOfBody)
  const count = Math.ceil(backlogBytes / size / queueCount) * queueCount
  await sendFlatOut(store, messagesFor(topic, bytesOfBody), perTickOf(size), (sent) => sent >= count)
  await store.close()
  return count
}

async function runLoad(store: MessageStore, perSecond: number, readers: number, seconds: number): Promise<Load> {
  const load: Omit<Load, 'round'> = { putLatenciesMs: [], hotReads: 0, coldReads: 0 }
  const isDone = forSeconds(seconds)
  const consumer = new HotConsumer(store)
  const round = await measureRound(async () => {
    const reading = Array.from({ length: readers }, (_, queueId) =>
      readOn(store, oldTopic, queueId, isDone, (count) => (load.coldReads += count)),
    )
    const messages = messagesFor(hotTopic, bodyBytes)
    const sent = await (Number.isFinite(perSecond)
      ? sendSteadily(store, messages, perSecond, isDone, load.putLatenciesMs)
      : sendWaiting(store, messages, isDone, load.putLatenciesMs))
    await Promise.all(reading)
    return { operations: sent, bytes: sent * recordBytes(hotTopic, bodyBytes) }
  })
  load.hotReads = await consumer.stop()
  return { ...load, round }
}

/** Each of the senders sends again in the turn after its answer, as a client on a socket does. */
function sendWaiting(
  store: MessageStore,
  messages: readonly MessageToStore[],
  isDone: () => boolean,
  latenciesMs: number[],
): Promise<number> {
  return new Promise((resolve, reject) => {
    let sent = 0
    let active = senders
    const send = () => {
      const start = nodeClock.monotonicMs()
      store.put(messages[sent++ % messages.length]!).then(() => {
        latenciesMs.push(nodeClock.monotonicMs() - start)
        if (!isDone()) setImmediate(send)
        else if (--active === 0) resolve(sent)
      }, reject)
    }
    for (let n = 0; n < senders; n++) send()
  })
}

/** So many a second whatever becomes of them; a latency counts from when the message was due. */
async function sendSteadily(
  store: MessageStore,
  messages: readonly MessageToStore[],
  perSecond: number,
  isDone: () => boolean,
  latenciesMs: number[],
): Promise<number> {
  const startMs = nodeClock.monotonicMs()
  const answers: Promise<unknown>[] = []
  let sent = 0
  do {
    const due = 1 + Math.floor(((nodeClock.monotonicMs() - startMs) * perSecond) / 1000)
    for (; sent < due; sent++) {
      const dueMs = startMs + (sent * 1000) / perSecond
      const answer = store.put(messages[sent % messages.length]!).then(() => {
        latenciesMs.push(nodeClock.monotonicMs() - dueMs)
      })
      if (sent % 1024 === 0) answers.push(answer)
    }
    await new Promise((resolve) => setTimeout(resolve, 1))
  } while (!isDone())
  await Promise.all(answers)
  return sent
}

/** Reads one queue from its first message on, again and again; the next read comes in a turn of its own, as from a socket. */
export async function readOn(
  store: MessageStore,
  topic: string,
  queueId: number,
  isDone: () => boolean,
  onRead: (count: number) => void,
): Promise<void> {
  let offset = 0
  do {
    const got = store.get({ topic, queueId, offset, maxMessages: messagesPerRead })
    const result = got instanceof Promise ? await got : got
    copyOut(result, answer)
    onRead(result.records.length)
    offset = result.status === 'FOUND' ? result.nextBeginOffset : 0
    await new Promise((resolve) => setImmediate(resolve))
  } while (!isDone())
}

function copyOut({ records }: GetResult, answer: Buffer): void {
  let at = 0
  for (const record of records) at += record.copy(answer, at)
}

/** Reads what has just come, queue by queue, in the turn after it came. */
class HotConsumer {
  readonly #store: MessageStore
  readonly #offsets = new Map<number, number>()
  #reads = 0
  #isStopped = false
  #isScheduled = false
  #reading: Promise<void> = Promise.resolve()

  constructor(store: MessageStore) {
    this.#store = store
    for (const { topic, queueId, maxOffset } of store.queues()) {
      if (topic === hotTopic) this.#offsets.set(queueId, maxOffset)
    }
    store.onArrival = (topic) => {
      if (topic !== hotTopic || this.#isScheduled) return
      this.#isScheduled = true
      setImmediate(() => {
        this.#reading = this.#read()
      })
    }
  }

  async stop(): Promise<number> {
    this.#store.onArrival = undefined
    this.#isStopped = true
    await this.#reading
    return this.#reads
  }

  /** On a busy machine it may fall behind what is in memory; then it reads from the files like others. */
  async #read(): Promise<void> {
    for (let queueId = 0; queueId < queueCount; queueId++) {
      while (!this.#isStopped) {
        const offset = this.#offsets.get(queueId) ?? 0
        const got = this.#store.get({ topic: hotTopic, queueId, offset, maxMessages: messagesPerRead })
        const result = got instanceof Promise ? await got : got
        if (result.status !== 'FOUND') break
        copyOut(result, answer)
        this.#reads += result.records.length
        this.#offsets.set(queueId, result.nextBeginOffset)
      }
    }
    this.#isScheduled = false
  }
}
