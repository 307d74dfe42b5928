import type { FrameCutter } from '../connection.ts'
import type { Reply, SendDialect, SendMarks } from '../dialect.ts'
import { slotLimit } from '../request-slots.ts'
import { body } from '../rocketmq/frame-template.ts'

const newline = 10
const bulkString = 36
const errorLine = 45
const crlfBytes = 2
const shownBytes = 300
/** Redis keeps streams in memory: older entries are trimmed, as is usual there. */
const entriesKept = 100_000

/** Replies of the Redis protocol, as far as XADD gets them: a line, or a length and so many bytes. */
export const cutRedisReply: FrameCutter = (bytes, at, filled) => {
  const lineEnd = bytes.indexOf(newline, at)
  if (lineEnd < 0 || lineEnd >= filled) return -1
  if (bytes[at] !== bulkString) return lineEnd + 1
  const length = Number(bytes.toString('latin1', at + 1, lineEnd - 1))
  if (!(length >= 0 && length < bytes.length)) throw new Error(`Redis sent a string of the length ${length}`)
  const end = lineEnd + 1 + length + crlfBytes
  return end <= filled ? end : -1
}

export interface RedisSendShape {
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  readonly batch: number
}

/** XADD to a stream for each queue. Redis answers in the order of the requests, so each connection remembers what it asked. */
export class RedisSends implements SendDialect {
  readonly cut = cutRedisReply
  readonly frameBytes: number
  opaque = 0
  readonly #templates: { readonly bytes: Buffer; readonly bodyAt: number }[]
  readonly #asked: OpaqueQueue[] = []
  #refusals = 0
  #firstRefusal = ''

  constructor({ topic, topicQueues, bodyBytes, batch }: RedisSendShape) {
    if (batch !== 1) throw new RangeError('batches are not sent to Redis')
    this.#templates = Array.from({ length: topicQueues }, (_, queue) => {
      const args = ['XADD', `${topic}:${queue}`, 'MAXLEN', '~', String(entriesKept), '*', 'b']
      const words = args.map((word) => `$${word.length}\r\n${word}\r\n`).join('')
      const head = Buffer.from(`*${args.length + 1}\r\n${words}$${bodyBytes}\r\n`)
      return { bytes: Buffer.concat([head, body(bodyBytes), Buffer.from('\r\n')]), bodyAt: head.length }
    })
    this.frameBytes = Math.max(...this.#templates.map(({ bytes }) => bytes.length))
  }

  /** The first XADD creates a stream. */
  async prepare(): Promise<void> {}

  greeting(lane: number): undefined {
    this.#asked[lane] = new OpaqueQueue()
  }

  encode(outbox: Buffer, at: number, { lane, index, opaque, sentAtMs }: SendMarks): number {
    const { bytes, bodyAt } = this.#templates[index % this.#templates.length]!
    this.#asked[lane]!.push(opaque)
    outbox.set(bytes, at)
    outbox.writeDoubleBE(sentAtMs, at + bodyAt)
    return bytes.length
  }

  read(bytes: Buffer, at: number, end: number, lane: number): Reply {
    this.opaque = this.#asked[lane]!.shift()
    if (bytes[at] === bulkString) return 'acknowledged'
    if (this.#refusals === 0) this.#firstRefusal = bytes.toString('latin1', at, Math.min(end, at + shownBytes)).trim()
    this.#refusals += 1
    if (bytes[at] !== errorLine) throw new Error(`Redis answered XADD with ${this.#firstRefusal}`)
    return 'refused'
  }

  throwIfRefused(): void {
    if (this.#refusals > 0) throw new Error(`Redis refused ${this.#refusals} messages: ${this.#firstRefusal}`)
  }
}

/** First in, first out; never holds more than may be in flight. */
class OpaqueQueue {
  readonly #opaques = new Int32Array(slotLimit)
  #first = 0
  #length = 0

  push(opaque: number): void {
    if (this.#length === slotLimit) throw new Error(`more than ${slotLimit} requests wait on one connection`)
    this.#opaques[(this.#first + this.#length) % slotLimit] = opaque
    this.#length += 1
  }

  shift(): number {
    if (this.#length === 0) throw new Error('Redis answered what it was not asked')
    const opaque = this.#opaques[this.#first]!
    this.#first = (this.#first + 1) % slotLimit
    this.#length -= 1
    return opaque
  }
}
