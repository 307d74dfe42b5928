import { cutRemotingFrame } from '../connection.ts'
import type { Reply, SendDialect, SendMarks } from '../dialect.ts'
import { FailureTally, responseCode } from './failure-tally.ts'
import { producerGroup, requestCode, requestFrame } from './frame-template.ts'
import { extFieldsOf, ReplyScanner } from './reply-scanner.ts'
import { RocketmqSends, type SendShape } from './send-dialect.ts'

const commit = 8
/** A message id ends with the position in the commit log, as so many hexadecimal digits. */
const positionDigits = 16

/**
 * Transactions: a half message, and when the broker has it its commit. Both carry the same opaque, so that the answer to the
 * commit is the end of the send. Clients commit without waiting for an answer; here it is asked for, to know that it was done.
 */
export class TransactionSends implements SendDialect {
  readonly cut = cutRemotingFrame
  readonly frameBytes: number
  opaque = 0
  pong: Buffer = Buffer.alloc(0)
  readonly #topic: string
  readonly #halves: RocketmqSends
  readonly #scanner = new ReplyScanner()
  readonly #failures = new FailureTally()
  /** Opaques of the commits that are on the way. */
  readonly #committing = new Set<number>()

  constructor(shape: SendShape) {
    if (shape.batch !== 1) throw new RangeError('half messages are not sent in batches')
    this.#topic = shape.topic
    this.#halves = new RocketmqSends({ ...shape, special: 'transaction' })
    this.frameBytes = this.#halves.frameBytes
  }

  async prepare(): Promise<void> {}

  greeting(): undefined {}

  encode(outbox: Buffer, at: number, marks: SendMarks): number {
    return this.#halves.encode(outbox, at, marks)
  }

  read(bytes: Buffer, at: number, end: number): Reply {
    this.#scanner.scan(bytes, at, end)
    if (!this.#scanner.isRequest && this.#committing.delete(this.#scanner.opaque)) {
      this.opaque = this.#scanner.opaque
      if (this.#scanner.code === responseCode.success) return 'acknowledged'
      this.#failures.add(this.#scanner.code, bytes, at)
      return 'refused'
    }
    const reply = this.#halves.read(bytes, at, end)
    this.opaque = this.#halves.opaque
    if (reply !== 'acknowledged') return reply
    this.pong = this.#commitFrame(extFieldsOf(bytes, at))
    this.#committing.add(this.opaque)
    return 'half'
  }

  throwIfRefused(): void {
    this.#halves.throwIfRefused()
    this.#failures.throwIfAny()
  }

  #commitFrame({ msgId = '', queueOffset = '', transactionId = '' }: Record<string, string>): Buffer {
    const extFields = {
      topic: this.#topic,
      producerGroup,
      tranStateTableOffset: queueOffset,
      commitLogOffset: BigInt(`0x${msgId.slice(-positionDigits)}`).toString(),
      commitOrRollback: String(commit),
      fromTransactionCheck: 'false',
      msgId: transactionId,
      transactionId,
    }
    return requestFrame(requestCode.endTransaction, extFields, this.opaque, Buffer.alloc(0))
  }
}
