import type { Address, Clock } from '@cometmq/platform'
import { encodeProperties, hostBytes, type PlainMessage, propertyNames, tagsCodeOf } from '@cometmq/protocol/message'
import { type MessageStore, type PutStatus, PutTicket } from '@cometmq/store'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { type BatchId, type CheckPoint, encodeAcks, encodeCheckPoint, type ReviveRecord, tagOf } from './check-point.ts'
import { reviveTopicOf } from './revive-topic.ts'
import { type SaidRecord, SaidRecords } from './said-records.ts'

export interface ReviveLogDeps {
  store: MessageStore
  topics: TopicTable
  options: Pick<BrokerOptions, 'clusterName'>
  storeHost: Address
  clock: Clock
}

/** What became of a record. */
export interface ReviveReceipt {
  readonly status: PutStatus
}

/**
 * The topic in which stands what was popped and what was acknowledged. A record has Apache's form, and resolves as a send does: when it has the promise of the flush mode.
 *
 * Differs: records are stored in the topic at once, and not when their time has come by way of the timer; see docs/adr/0003.
 */
export class ReviveLog {
  readonly topic: string
  readonly #deps: ReviveLogDeps
  readonly #underWay = new Set<Promise<ReviveReceipt>>()
  /** By queue. */
  readonly #said: SaidRecords[] = []
  /** Filled in anew for every record; `undefined` when the topic or our address is not plain. */
  readonly #plain: PlainMessage | undefined
  #last = 0

  constructor(deps: ReviveLogDeps) {
    this.#deps = deps
    this.topic = reviveTopicOf(deps.options.clusterName)
    this.#plain = plainMessageTo(this.topic, deps.storeHost)
  }

  /** How many queues it has. */
  get queues(): number {
    return Math.max(this.#deps.topics.get(this.topic)?.writeQueueNums ?? 1, 1)
  }

  /** Which queue the next batch is noted in: each in its turn. */
  nextQueueId(): number {
    this.#last = (this.#last + 1) % this.queues
    return this.#last
  }

  /** @throws StoreError */
  putCheckPoint(reviveQueueId: number, point: CheckPoint): Promise<ReviveReceipt> {
    const { topic, queueId, startOffset, group, popTime, brokerName } = point
    const key = `${topic}@${queueId}@${startOffset}@${group}@${popTime}@${brokerName}@${tagOf.checkPoint}`
    const said: ReviveRecord = { kind: 'checkPoint', checkPoint: point }
    const put = this.#put(reviveQueueId, tagOf.checkPoint, key, encodeCheckPoint(point), said)
    this.#underWay.add(put)
    const forget = () => void this.#underWay.delete(put)
    put.then(forget, forget)
    return put
  }

  /** Resolves when the check points that are being stored are, and whoever stores them has heard of it. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#underWay])
  }

  /** @throws StoreError */
  putAcks(reviveQueueId: number, of: BatchId, offsets: readonly number[]): Promise<ReviveReceipt> {
    const { topic, queueId, group, popTime, brokerName } = of
    const isOne = offsets.length === 1
    const key = isOne
      ? `${topic}@${queueId}@${offsets[0]}@${group}@${popTime}@${brokerName}@${tagOf.ack}`
      : `${topic}@${queueId}@[${offsets.join(', ')}]@${group}@${popTime}@${tagOf.acks}`
    const said: ReviveRecord = { kind: 'acks', of, offsets }
    return this.#put(reviveQueueId, isOne ? tagOf.ack : tagOf.acks, key, encodeAcks(of, offsets), said)
  }

  /** What the record at an offset says, which can be read now, and forgets those before it. `undefined`: it has to be read, since somebody else has put it there, or before the start. */
  takeSaid(reviveQueueId: number, offset: number): SaidRecord | undefined {
    return this.#said[reviveQueueId]?.take(offset)
  }

  #put(queueId: number, tag: string, key: string, body: Buffer, said: ReviveRecord): Promise<ReviveReceipt> {
    const { store, storeHost, clock } = this.#deps
    const now = clock.now()
    const properties = encodeProperties([
      [propertyNames.TAGS, tag],
      [propertyNames.UNIQ_KEY, key],
      // Apache's broker takes the latest of these for how far the time of the topic is.
      [propertyNames.TIMER_DELIVER_MS, String(now)],
    ])
    const written = this.#putPlain(queueId, tag, properties, body, now, said)
    if (written !== undefined) return written
    return store.put({
      topic: this.topic,
      queueId,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: now,
      bornHost: storeHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      properties,
      body,
      waitStored: true,
    })
  }

  /** Without the objects that a message is to be made of. `undefined` when the store wants to have it the other way: the first of a queue, or one that it refuses. */
  #putPlain(
    queueId: number,
    tag: string,
    properties: string,
    body: Buffer,
    now: number,
    said: ReviveRecord,
  ): Promise<ReviveReceipt> | undefined {
    const message = this.#plain
    if (message === undefined) return undefined
    message.queueId = queueId
    message.bornTimestamp = now
    message.body = body
    message.properties = Buffer.from(properties)
    message.propertiesLength = message.properties.length
    const ticket = new RecordTicket()
    if (!this.#deps.store.putPlain(message, { tagsCode: tagsCodeOf(tag), waitStored: true, delayLevel: 0 }, ticket))
      return undefined
    const records = (this.#said[queueId] ??= new SaidRecords())
    const { queueOffset } = ticket
    records.add({ queueOffset, storedMs: now, said })
    ticket.onFail = () => records.forgetFrom(queueOffset)
    return ticket.written
  }
}

/** A record between its append and its promise. */
class RecordTicket extends PutTicket {
  readonly written: Promise<ReviveReceipt>
  onFail: (() => void) | undefined
  #resolve!: (receipt: ReviveReceipt) => void
  #reject!: (error: Error) => void

  constructor() {
    super()
    this.written = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  settle(status: PutStatus): void {
    this.#resolve({ status })
  }

  fail(error: Error): void {
    this.onFail?.()
    this.#reject(error)
  }
}

function plainMessageTo(topic: string, storeHost: Address): PlainMessage | undefined {
  const topicBytes = Buffer.from(topic)
  const bornHost = hostBytes(storeHost)
  if (bornHost === undefined || topicBytes.length !== topic.length) return undefined
  const none = Buffer.alloc(0)
  const numbers = { queueId: 0, flag: 0, sysFlag: 0, bornTimestamp: 0, reconsumeTimes: 0, propertiesLength: 0 }
  return { topic, topicBytes, bornHost, body: none, properties: none, preparedTransactionOffset: 0, ...numbers }
}
