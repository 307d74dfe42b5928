import { randomBytes } from 'node:crypto'
import type { Special } from '../../workloads.ts'
import { cutRemotingFrame } from '../connection.ts'
import type { Reply, SendDialect, SendMarks } from '../dialect.ts'
import { FailureTally, isFlowControl, responseCode } from './failure-tally.ts'
import {
  patchBornTimestamp,
  patchOpaque,
  patchQueueId,
  patchUniqueKeyCounter,
  preparedSysFlag,
  producerGroup,
  type SendTemplate,
  sendTemplate,
  specialDelayMs,
} from './frame-template.ts'
import { ReplyScanner } from './reply-scanner.ts'

export interface SendShape {
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  readonly batch: number
  readonly special?: Special | undefined
}

/** What a message carries so that something is done with it. */
const propertiesOf: Record<Special, string> = {
  pop: '',
  // Level 1 is a second.
  delay: 'DELAY\u00011\u0002',
  timer: `TIMER_DELAY_MS\u0001${specialDelayMs}\u0002`,
  transaction: `TRAN_MSG\u0001true\u0002PGROUP\u0001${producerGroup}\u0002`,
}

/** Sends as the Java client writes them, round-robin over the queues, from templates that are patched in place. */
export class RocketmqSends implements SendDialect {
  readonly cut = cutRemotingFrame
  readonly frameBytes: number
  opaque = 0
  readonly #topicQueues: number
  /** By the number of digits of the queue id, less one. */
  readonly #templates: SendTemplate[]
  readonly #scanner = new ReplyScanner()
  readonly #failures = new FailureTally()
  #uniqueKeys = 0

  constructor(shape: SendShape) {
    this.#topicQueues = shape.topicQueues
    const uniqueKeyPrefix = randomBytes(12).toString('hex').toUpperCase()
    const properties = shape.special && propertiesOf[shape.special]
    const sysFlag = shape.special === 'transaction' ? preparedSysFlag : 0
    this.#templates = Array.from({ length: String(shape.topicQueues - 1).length }, (_, index) =>
      sendTemplate({ ...shape, queueIdDigits: index + 1, uniqueKeyPrefix, properties, sysFlag }),
    )
    this.frameBytes = Math.max(...this.#templates.map((template) => template.bytes.length))
  }

  /** The broker creates the topic with the first send. */
  async prepare(): Promise<void> {}

  greeting(): undefined {}

  encode(outbox: Buffer, at: number, { index, opaque, bornTimestampMs, sentAtMs }: SendMarks): number {
    const queueId = index % this.#topicQueues
    const template = this.#templates[digitsOf(queueId) - 1]!
    outbox.set(template.bytes, at)
    patchOpaque(outbox, at + template.opaqueAt, opaque)
    patchBornTimestamp(outbox, at + template.bornTimestampAt, bornTimestampMs)
    patchQueueId(outbox, at, template, queueId)
    const { messages } = template
    for (let message = 0; message < messages.length; message += 1) {
      const place = messages[message]!
      this.#uniqueKeys = (this.#uniqueKeys + 1) | 0
      patchUniqueKeyCounter(outbox, at + place.uniqueKeyCounterAt, this.#uniqueKeys)
      outbox.writeDoubleBE(sentAtMs, at + place.bodyAt)
    }
    return template.bytes.length
  }

  read(bytes: Buffer, at: number, end: number): Reply {
    const scanner = this.#scanner
    scanner.scan(bytes, at, end)
    if (scanner.isRequest) return 'other'
    this.opaque = scanner.opaque
    if (scanner.code === responseCode.success) return 'acknowledged'
    if (isFlowControl(scanner.code)) return 'busy'
    this.#failures.add(scanner.code, bytes, at)
    return 'refused'
  }

  throwIfRefused(): void {
    this.#failures.throwIfAny()
  }
}

function digitsOf(value: number): number {
  if (value < 10) return 1
  if (value < 100) return 2
  return value < 1000 ? 3 : String(value).length
}
