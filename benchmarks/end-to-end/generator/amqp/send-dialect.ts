import type { Reply, SendDialect, SendMarks } from '../dialect.ts'
import { slotLimit } from '../request-slots.ts'
import { body } from '../rocketmq/frame-template.ts'
import { declareQueues } from './declare-queues.ts'
import { closeReason, cutAmqpFrame, greeting, headBytes, method, methodOf, publication } from './protocol.ts'

const tagMask = slotLimit - 1
const none = -1

export interface AmqpSendShape {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  readonly batch: number
  /** What the server's settings say of queues: see `servers/rabbitmq.ts`. */
  readonly queueType?: string | undefined
}

/** Publishes with confirms: those of a channel are numbered from 1, and one confirm may stand for all before it. */
export class AmqpSends implements SendDialect {
  readonly cut = cutAmqpFrame
  readonly frameBytes: number
  opaque = 0
  readonly #shape: AmqpSendShape
  readonly #templates: ReturnType<typeof publication>[]
  readonly #lanes: ConfirmedTags[] = []
  #refusals = 0

  constructor(shape: AmqpSendShape) {
    if (shape.batch !== 1) throw new RangeError('batches are not published to RabbitMQ')
    this.#shape = shape
    this.#templates = this.#queues().map((queue) => publication(queue, body(shape.bodyBytes)))
    this.frameBytes = Math.max(...this.#templates.map(({ bytes }) => bytes.length))
  }

  prepare(): Promise<void> {
    const { host, port, queueType = 'stream' } = this.#shape
    return declareQueues(host, port, this.#queues(), queueType)
  }

  greeting(lane: number): Buffer {
    this.#lanes[lane] = new ConfirmedTags()
    return greeting()
  }

  encode(outbox: Buffer, at: number, { lane, index, opaque, sentAtMs }: SendMarks): number {
    const { bytes, bodyAt } = this.#templates[index % this.#templates.length]!
    this.#lanes[lane]!.published(opaque)
    outbox.set(bytes, at)
    outbox.writeDoubleBE(sentAtMs, at + bodyAt)
    return bytes.length
  }

  read(bytes: Buffer, at: number, _end: number, lane: number): Reply {
    const which = methodOf(bytes, at)
    if (which === method.connectionClose || which === method.channelClose)
      throw new Error(`RabbitMQ closed: ${closeReason(bytes, at)}`)
    if (which !== method.basicAck && which !== method.basicNack) return 'other'
    const tagAt = at + headBytes + 4
    // The low half is enough to tell those apart that are on the way.
    const tag = bytes.readUInt32BE(tagAt + 4)
    this.#lanes[lane]!.confirmed(tag, (bytes[tagAt + 8]! & 1) === 1)
    if (!this.another(lane)) return 'other'
    if (which === method.basicAck) return 'acknowledged'
    this.#refusals += 1
    return 'refused'
  }

  another(lane: number): boolean {
    const opaque = this.#lanes[lane]!.next()
    if (opaque !== none) this.opaque = opaque
    return opaque !== none
  }

  throwIfRefused(): void {
    if (this.#refusals > 0) throw new Error(`RabbitMQ refused ${this.#refusals} confirms`)
  }

  #queues(): string[] {
    const { topic, topicQueues } = this.#shape
    return Array.from({ length: topicQueues }, (_, queue) => `${topic}.${queue}`)
  }
}

/** Which sends of a channel the numbers of confirms stand for. */
class ConfirmedTags {
  readonly #opaques = new Int32Array(slotLimit).fill(none)
  #published = 0
  /** All up to here were handed out. */
  #settled = 0
  /** What is to be handed out: `#first` to `#last`. */
  #first = 1
  #last = 0

  published(opaque: number): void {
    this.#published += 1
    this.#opaques[this.#published & tagMask] = opaque
  }

  /** @param isMultiple whether it stands for all before it too */
  confirmed(tag: number, isMultiple: boolean): void {
    const upTo = isMultiple && tag === 0 ? this.#published : tag
    while (this.#settled < this.#published && this.#opaques[(this.#settled + 1) & tagMask] === none) this.#settled += 1
    if (upTo > this.#published) throw new Error(`RabbitMQ confirmed ${upTo}, and ${this.#published} were published`)
    this.#first = isMultiple ? this.#settled + 1 : upTo
    this.#last = upTo
  }

  next(): number {
    for (; this.#first <= this.#last; this.#first += 1) {
      const opaque = this.#opaques[this.#first & tagMask]!
      if (opaque === none) continue
      this.#opaques[this.#first & tagMask] = none
      this.#first += 1
      return opaque
    }
    return none
  }
}
