import type { Reply, SendDialect, SendMarks } from '../dialect.ts'
import { slotLimit } from '../request-slots.ts'
import { body } from '../rocketmq/frame-template.ts'
import { createKafkaTopic } from './create-topic.ts'
import {
  correlationOf,
  cutKafkaFrame,
  errorCode,
  type ProduceHead,
  produceError,
  produceHead,
  sealProduce,
  varintBytes,
  writeVarint,
} from './protocol.ts'

/** What a leader says that has been elected only now. */
const passing: readonly number[] = [errorCode.unknownTopic, errorCode.leaderNotAvailable, errorCode.notLeader]
/** Of a record: its attributes and the time after the batch's, both 0. */
const recordHeadBytes = 2

export interface KafkaSendShape {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  readonly batch: number
}

interface Lane {
  readonly head: ProduceHead
  /** Of the sends without an answer, in order; a ring. */
  readonly opaques: Int32Array
  /** How many sends each request without an answer has, in order. */
  readonly requests: number[]
  first: number
  next: number
  /** Records of the request that is being written. */
  records: number
  bornTimestampMs: number
  correlation: number
  answered: number
  /** Sends that the last answer is still to be counted for. */
  unread: number
}

/**
 * Produces as Kafka's own client does without lingering: what is to be sent on a connection at one moment is one batch
 * for one partition, and its acknowledgement is that of all in it.
 */
export class KafkaSends implements SendDialect {
  readonly cut = cutKafkaFrame
  readonly frameBytes: number
  readonly sealBytes: number
  opaque = 0
  readonly #shape: KafkaSendShape
  readonly #body: Buffer
  readonly #lanes: Lane[] = []
  #refusals = 0
  #firstRefusal = 0

  constructor(shape: KafkaSendShape) {
    if (shape.batch !== 1) throw new RangeError('batches of Kafka are made of what waits')
    this.#shape = shape
    this.#body = body(shape.bodyBytes)
    this.frameBytes = this.#recordBytes(slotLimit) + varintBytes(this.#recordBytes(slotLimit))
    this.sealBytes = produceHead(shape.topic, 0).bytes.length
  }

  prepare(): Promise<void> {
    const { host, port, topic, topicQueues } = this.#shape
    return createKafkaTopic(host, port, topic, topicQueues)
  }

  greeting(lane: number): undefined {
    const { topic, topicQueues } = this.#shape
    const counts = { first: 0, next: 0, records: 0, bornTimestampMs: 0, correlation: 0, answered: 0, unread: 0 }
    const head = produceHead(topic, lane % topicQueues)
    this.#lanes[lane] = { head, opaques: new Int32Array(slotLimit), requests: [], ...counts }
  }

  encode(outbox: Buffer, at: number, { lane: index, opaque, bornTimestampMs, sentAtMs }: SendMarks): number {
    const lane = this.#lanes[index]!
    let end = at
    if (lane.records === 0) {
      outbox.set(lane.head.bytes, at)
      end += lane.head.bytes.length
      lane.bornTimestampMs = bornTimestampMs
    }
    end += writeVarint(outbox, end, this.#recordBytes(lane.records))
    outbox.fill(0, end, end + recordHeadBytes)
    end += recordHeadBytes
    end += writeVarint(outbox, end, lane.records)
    // No key: a length of -1.
    outbox[end] = 1
    end += 1
    end += writeVarint(outbox, end, this.#body.length)
    outbox.set(this.#body, end)
    outbox.writeDoubleBE(sentAtMs, end)
    end += this.#body.length
    // No headers.
    outbox[end] = 0
    lane.records += 1
    lane.opaques[lane.next++ % slotLimit] = opaque
    return end + 1 - at
  }

  seal(outbox: Buffer, length: number, index: number): number {
    const lane = this.#lanes[index]!
    lane.correlation = (lane.correlation + 1) & 0x7fffffff
    sealProduce(outbox, length, lane.head, lane.correlation, lane.records, lane.bornTimestampMs)
    lane.requests.push(lane.records)
    lane.records = 0
    return length
  }

  read(bytes: Buffer, at: number, _end: number, index: number): Reply {
    const lane = this.#lanes[index]!
    lane.answered = (lane.answered + 1) & 0x7fffffff
    const correlation = correlationOf(bytes, at)
    if (correlation !== lane.answered)
      throw new Error(`Kafka answered request ${correlation}, and ${lane.answered} is next`)
    lane.unread = lane.requests.shift() ?? 0
    this.another(index)
    const error = produceError(bytes, at)
    if (error === errorCode.none) return 'acknowledged'
    if (passing.includes(error)) return 'busy'
    this.#firstRefusal ||= error
    this.#refusals += 1
    return 'refused'
  }

  another(index: number): boolean {
    const lane = this.#lanes[index]!
    if (lane.unread === 0) return false
    lane.unread -= 1
    this.opaque = lane.opaques[lane.first++ % slotLimit]!
    return true
  }

  throwIfRefused(): void {
    if (this.#refusals > 0)
      throw new Error(`Kafka refused ${this.#refusals} batches, the first with error code ${this.#firstRefusal}`)
  }

  /** Without its own length. */
  #recordBytes(offset: number): number {
    const { length } = this.#body
    return recordHeadBytes + varintBytes(offset) + 1 + varintBytes(length) + length + 1
  }
}
