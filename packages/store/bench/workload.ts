import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type FileSystem, silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem, nodeFileThreads, nodeLoopBusyMs } from '@cometmq/platform/node'
import { hostBytes, type PlainMessage } from '@cometmq/protocol/message'
import { MessageStore, type MessageToStore, PutTicket, type StoreOptions } from '../src/index.ts'

/** How much of everything a run takes. */
export interface Extent {
  seconds: number
  rounds: number
  /** What cold reads find on disk. */
  backlogBytes: number
  /** `maxInlineWriteBytes`; the store's default unless given. */
  inlineBytes?: number
}

export const queueCount = 8
export const properties = 'UNIQ_KEY\u0001AC11000100002A9F0000000000000001\u0002WAIT\u0001true\u0002TAGS\u0001TagA\u0002'
/** Messages of which a sender makes use in turn, each with a body of its own. */
const distinctMessages = 256
/** Handed over in one turn of the event loop: what some dozens of connections bring. */
const maxPerTick = 200
const maxBytesPerTick = 192 * 1024
/** More than so many ticks' worth is not sent before some of it is acknowledged. */
const ticksUnderWay = 4

export const recordBytes = (topic: string, bodyBytes: number) => 91 + topic.length + properties.length + bodyBytes

export async function inFolder<T>(work: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'store-bench-'))
  try {
    return await work(folder)
  } finally {
    await rm(folder, { recursive: true })
  }
}

export function openStore(
  folder: string,
  changes: Partial<StoreOptions> = {},
  files: FileSystem = nodeFileSystem,
): Promise<MessageStore> {
  return MessageStore.open(
    { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10911 }, ...changes },
    {
      files,
      clock: nodeClock,
      logger: silentLogger,
      pid: process.pid,
      loopBusyMs: nodeLoopBusyMs,
      fileThreads: nodeFileThreads(),
    },
  )
}

export function messagesFor(topic: string, bodyBytes: number): MessageToStore[] {
  const bodies = Buffer.alloc(bodyBytes * distinctMessages, 'x')
  return Array.from({ length: distinctMessages }, (_, index) => ({
    topic,
    queueId: index % queueCount,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_795_235_653_954,
    bornHost: { host: '127.0.0.1', port: 50_000 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    properties,
    body: bodies.subarray(index * bodyBytes, (index + 1) * bodyBytes),
    waitStored: true,
  }))
}

export const perTickOf = (bytes: number) => Math.max(1, Math.min(maxPerTick, Math.floor(maxBytesPerTick / bytes)))

/** Puts the next message; one of the two is called when it is acknowledged, or was not. */
type PutNext = (index: number, onAcknowledged: () => void, onFailure: (error: unknown) => void) => void

/** Sends as fast as the store takes it until `isDone` says so, but something at all, and resolves to the number sent when all is acknowledged. */
export function sendFlatOut(
  store: MessageStore,
  messages: readonly MessageToStore[],
  perTick: number,
  isDone: (sent: number) => boolean,
): Promise<number> {
  return flatOut(perTick, isDone, (index, onAcknowledged, onFailure) => {
    store.put(messages[index % messages.length]!).then(onAcknowledged, onFailure)
  })
}

function flatOut(perTick: number, isDone: (sent: number) => boolean, put: PutNext): Promise<number> {
  const limit = perTick * ticksUnderWay
  return new Promise((resolve, reject) => {
    let sent = 0
    let acknowledged = 0
    let isOver = false
    let isScheduled = false
    const schedule = () => {
      if (isScheduled || isOver || sent - acknowledged > limit - perTick) return
      isScheduled = true
      setImmediate(tick)
    }
    const onAcknowledged = () => {
      acknowledged++
      if (!isOver) schedule()
      else if (acknowledged === sent) resolve(sent)
    }
    const tick = () => {
      isScheduled = false
      isOver = sent > 0 && isDone(sent)
      if (isOver && acknowledged === sent) return resolve(sent)
      if (isOver) return
      for (let n = 0; n < perTick; n++) put(sent++, onAcknowledged, reject)
      schedule()
    }
    tick()
  })
}

/** A ticket that is used again as soon as its message is acknowledged. */
class SpareTicket extends PutTicket {
  readonly #spare: SpareTicket[]
  readonly #onAcknowledged: () => void
  readonly #onFailure: (error: unknown) => void

  constructor(spare: SpareTicket[], onAcknowledged: () => void, onFailure: (error: unknown) => void) {
    super()
    this.#spare = spare
    this.#onAcknowledged = onAcknowledged
    this.#onFailure = onFailure
  }

  settle(): void {
    this.#spare.push(this)
    this.#onAcknowledged()
  }

  fail(failure: Error): void {
    this.#onFailure(failure)
  }
}

/** Like `sendFlatOut` the fast way, on which the broker stores plain messages: from bytes, without an object for each message. */
export function sendPlainFlatOut(
  store: MessageStore,
  messages: readonly PlainMessage[],
  perTick: number,
  isDone: (sent: number) => boolean,
): Promise<number> {
  const options = { tagsCode: 2598919, waitStored: true, delayLevel: 0 }
  const spare: SpareTicket[] = []
  return flatOut(perTick, isDone, (index, onAcknowledged, onFailure) => {
    const ticket = spare.pop() ?? new SpareTicket(spare, onAcknowledged, onFailure)
    if (!store.putPlain(messages[index % messages.length]!, options, ticket))
      onFailure(new Error('a plain message was not taken'))
  })
}

/** The same messages as `messagesFor`, as bytes. */
export function plainMessagesFor(topic: string, bodyBytes: number): PlainMessage[] {
  return messagesFor(topic, bodyBytes).map((message) => ({
    topic,
    topicBytes: Buffer.from(topic),
    queueId: message.queueId,
    flag: message.flag,
    sysFlag: message.sysFlag,
    bornTimestamp: message.bornTimestamp,
    bornHost: hostBytes(message.bornHost)!,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    body: message.body,
    properties: Buffer.from(properties),
    propertiesLength: properties.length,
  }))
}

/** Whether the time is up. Whoever asks does its work once before: on a busy machine the time can be up at the first question. */
export const forSeconds = (seconds: number) => {
  const endMs = performance.now() + seconds * 1000
  return () => performance.now() >= endMs
}
