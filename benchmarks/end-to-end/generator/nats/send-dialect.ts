import { randomBytes } from 'node:crypto'
import type { Reply, SendDialect, SendMarks } from '../dialect.ts'
import { body, patchDecimal } from '../rocketmq/frame-template.ts'
import {
  createStream,
  cutNatsMessage,
  firstByte,
  isPing,
  natsConnect,
  natsPong,
  payloadAt,
  streamName,
} from './protocol.ts'

const opaqueDigits = 10
const shownBytes = 300

export interface NatsSendShape {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  readonly batch: number
}

interface Template {
  readonly bytes: Buffer
  readonly opaqueAt: number
  readonly bodyAt: number
}

/** Publishes to a JetStream stream; each names its own inbox, on which the stream's acknowledgement comes back. */
export class NatsSends implements SendDialect {
  readonly cut = cutNatsMessage
  readonly pong = natsPong
  readonly frameBytes: number
  opaque = 0
  readonly #shape: NatsSendShape
  readonly #inbox = `_INBOX.${randomBytes(4).toString('hex')}`
  /** By lane, then by queue. */
  readonly #templates: Template[][] = []
  #refusals = 0
  #firstRefusal = ''

  constructor(shape: NatsSendShape) {
    if (shape.batch !== 1) throw new RangeError('batches are not published to NATS')
    this.#shape = shape
    this.frameBytes = this.#template(9_999, shape.topicQueues - 1).bytes.length
  }

  prepare(): Promise<void> {
    const { host, port, topic } = this.#shape
    return createStream(host, port, topic)
  }

  greeting(lane: number): Buffer {
    const { topicQueues } = this.#shape
    this.#templates[lane] = Array.from({ length: topicQueues }, (_, queue) => this.#template(lane, queue))
    return natsConnect([`${this.#inbox}.${lane}.*`])
  }

  encode(outbox: Buffer, at: number, { lane, index, opaque, sentAtMs }: SendMarks): number {
    const template = this.#templates[lane]![index % this.#shape.topicQueues]!
    outbox.set(template.bytes, at)
    patchDecimal(outbox, at + template.opaqueAt, opaqueDigits, opaque)
    outbox.writeDoubleBE(sentAtMs, at + template.bodyAt)
    return template.bytes.length
  }

  read(bytes: Buffer, at: number, end: number): Reply {
    const kind = bytes[at]!
    if (kind === firstByte.message) {
      const contentAt = payloadAt(bytes, at)
      this.opaque = this.#opaqueOf(bytes, at)
      // An acknowledgement begins with {"stream", a refusal with {"error"; no stream, with a header.
      if (bytes[contentAt + 2] === 115) return 'acknowledged'
      return this.#refused(bytes, contentAt, end)
    }
    if (kind === firstByte.messageWithHeaders) {
      this.opaque = this.#opaqueOf(bytes, at)
      return this.#refused(bytes, at, end)
    }
    if (kind === firstByte.error) throw new Error(`NATS says ${bytes.toString('latin1', at, end).trim()}`)
    return isPing(bytes, at) ? 'ping' : 'other'
  }

  throwIfRefused(): void {
    if (this.#refusals > 0) throw new Error(`NATS refused ${this.#refusals} messages: ${this.#firstRefusal}`)
  }

  #refused(bytes: Buffer, at: number, end: number): Reply {
    if (this.#refusals === 0) this.#firstRefusal = bytes.toString('latin1', at, Math.min(end, at + shownBytes)).trim()
    this.#refusals += 1
    return 'refused'
  }

  /** The subject ends with the opaque: ten digits before the blank that follows. */
  #opaqueOf(bytes: Buffer, at: number): number {
    const subjectAt = bytes.indexOf(32, at) + 1
    const subjectEnd = bytes.indexOf(32, subjectAt)
    let opaque = 0
    for (let index = subjectEnd - opaqueDigits; index < subjectEnd; index += 1)
      opaque = opaque * 10 + bytes[index]! - 48
    return opaque
  }

  #template(lane: number, queue: number): Template {
    const { topic, bodyBytes } = this.#shape
    const head = `PUB bench.${streamName(topic)}.${queue} ${this.#inbox}.${lane}.`
    const line = Buffer.from(`${head}${'0'.repeat(opaqueDigits)} ${bodyBytes}\r\n`)
    const bytes = Buffer.concat([line, body(bodyBytes), Buffer.from('\r\n')])
    return { bytes, opaqueAt: head.length, bodyAt: line.length }
  }
}
