/**
 * Nanoseconds and bytes of the heap for one message on its way through the store: read, appended, dispatched; in files of the system's temporary folder.
 * `node packages/store/bench/micro/layers.bench.ts [milliseconds per measurement]`
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import type { PlainMessage } from '@cometmq/protocol/message'
import { type MicroBenchmark, printCosts } from '@cometmq/testkit/bench'
import { type Answer, Dispatcher } from '../../src/dispatch/dispatcher.ts'
import { type MessageStore, PutTicket } from '../../src/index.ts'
import { LogPositions } from '../../src/log/log-positions.ts'
import { openStore as openParts } from '../../src/open-store.ts'
import { messagesFor, openStore, plainMessagesFor, queueCount, recordBytes } from '../workload.ts'

const topic = 'Topic'
const bodyBytes = 1024
/** Messages that come in one turn of the event loop. */
const perTick = 64
const messagesPerRead = 32
const tagsCode = 2598919
const plainOptions = { tagsCode, waitStored: true, delayLevel: 0 }
const noAnswer: Answer = { settle: () => {} }

/** An open store and what is measured in it. */
export interface Bench extends AsyncDisposable {
  readonly benchmarks: Map<string, MicroBenchmark>
}

export async function openBench(): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'store-micro-'))
  const store = await openStore(join(folder, 'store'))
  const messages = messagesFor(topic, bodyBytes)
  const plain = plainMessagesFor(topic, bodyBytes)
  const tick = messages.slice(0, perTick)
  const fastTick = new FastTick()
  // The first make the queues, which the fast way does not, and are what is read.
  for (let filled = 0; filled < messagesPerRead; filled++) await Promise.all(tick.map((message) => store.put(message)))
  const dispatching = await openDispatch(join(folder, 'dispatch'))
  return {
    benchmarks: new Map<string, MicroBenchmark>([
      // Before anything is appended: later these lie no longer in memory.
      [
        `read ${messagesPerRead} messages of ${bodyBytes} B from memory`,
        { operation: () => store.get({ topic, queueId: 0, offset: 0, maxMessages: messagesPerRead }) },
      ],
      [
        `append a message of ${bodyBytes} B, the fast way`,
        { perCall: perTick, operation: () => fastTick.send(store, plain) },
      ],
      [
        `append a message of ${bodyBytes} B, the usual way`,
        { perCall: perTick, operation: () => Promise.all(tick.map((message) => store.put(message))) },
      ],
      ['dispatch a message to its queue', { perCall: perTick, operation: dispatching.dispatchTick }],
    ]),
    async [Symbol.asyncDispose]() {
      await dispatching.close()
      await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** The messages of one turn, on tickets that are used again and again, as the broker's are. */
class FastTick {
  readonly #tickets = Array.from({ length: perTick }, () => new TickTicket(this))
  #waiting = 0
  #done = Promise.withResolvers<void>()

  send(store: MessageStore, messages: readonly PlainMessage[]): Promise<void> {
    this.#waiting = perTick
    this.#done = Promise.withResolvers()
    for (let index = 0; index < perTick; index++) {
      const isTaken = store.putPlain(messages[index]!, plainOptions, this.#tickets[index]!)
      if (!isTaken) this.fail(new Error('a plain message was not taken'))
    }
    return this.#done.promise
  }

  settle(): void {
    this.#waiting--
    if (this.#waiting === 0) this.#done.resolve()
  }

  fail(failure: Error): void {
    this.#done.reject(failure)
  }
}

class TickTicket extends PutTicket {
  readonly #tick: FastTick

  constructor(tick: FastTick) {
    super()
    this.#tick = tick
  }

  settle(): void {
    this.#tick.settle()
  }

  fail(failure: Error): void {
    this.#tick.fail(failure)
  }
}

/** The dispatch alone: from records that were written to units in their queues. */
async function openDispatch(folder: string) {
  const opened = await openParts(
    { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10911 } },
    { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid },
  )
  const { queues, queueFlusher, handles, lock } = opened
  const positions = new LogPositions(0)
  const dispatcher = new Dispatcher(positions, queueFlusher, silentLogger, undefined)
  const size = recordBytes(topic, bodyBytes)
  const all = Array.from({ length: queueCount }, (_, queueId) => queues.findOrMake(topic, queueId))
  return {
    async dispatchTick(): Promise<void> {
      for (let index = 0; index < perTick; index++) {
        const queue = all[index % queueCount]!
        const physicalOffset = positions.appended
        const record = { queue, queueOffset: queue.nextOffset++, physicalOffset, size, tagsCode }
        const rest = { storeTimestamp: 1_795_235_653_954, targets: undefined, batch: undefined, answer: noAnswer }
        dispatcher.add({ ...record, ...rest }, topic, undefined)
        positions.moveAppended(physicalOffset + size)
      }
      positions.moveWritten(positions.appended)
      dispatcher.onWritten()
      // Units are written to their files between turns.
      await new Promise((resolve) => setImmediate(resolve))
    },
    async close(): Promise<void> {
      await queueFlusher.write()
      queueFlusher.close()
      await handles.close()
      await lock.release()
    },
  }
}

if (import.meta.main) {
  await using bench = await openBench()
  await printCosts(bench.benchmarks, Number(process.argv[2] ?? 300))
}
