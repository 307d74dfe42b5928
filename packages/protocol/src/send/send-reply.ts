import { sendMessageV2 } from '../commands/messaging/send-message-v2.ts'
import { encodeFrame } from '../frame/frame.ts'
import { flagResponse } from '../frame/header.ts'
import { writeInt32 } from '../message/int64.ts'
import { digitsOf, writeDecimal } from '../plain/decimal.ts'

/** Templates that are kept; with one more all are made anew. */
const maxTemplates = 512
const hexDigits = 16

/** What all replies of a broker have in common; `region` and `traceOn` may change while it runs. */
export interface SendReplyMarks {
  /** What offsetMsgIds of this broker begin with; the physical offset follows in 16 hexadecimal digits. */
  readonly messageIdPrefix: string
  readonly region: string
  readonly traceOn: boolean
}

/** What differs from reply to reply. */
export interface SendReply {
  readonly isJson: boolean
  readonly opaque: number
  readonly queueId: number
  readonly queueOffset: number
  readonly physicalOffset: number
  /** Printable ASCII. */
  readonly uniqKey: Buffer
  readonly uniqKeyLength: number
  /** For a message that can be taken back, printable ASCII; of length 0 for any other. */
  readonly recallHandle: Buffer
  readonly recallHandleLength: number
}

interface Template {
  readonly frame: Buffer
  readonly opaqueAt: number
  readonly physicalOffsetAt: number
  readonly queueIdAt: number
  readonly queueOffsetAt: number
  readonly uniqKeyAt: number
  readonly recallHandleAt: number
}

/**
 * The replies to sends whose message was stored, written in place: a frame with numbers of the same width is copied, and its numbers are set. The
 * bytes are those that `encodeFrame` makes (a property test holds them together).
 */
export class SendReplyWriter {
  readonly #marks: SendReplyMarks
  readonly #templates = new Map<number, Template>()
  /** What the templates say. */
  #region = ''
  #traceOn = false
  #lastShape = -1
  #last: Template | undefined

  constructor(marks: SendReplyMarks) {
    this.#marks = marks
  }

  /** Bytes that the reply takes. */
  size(reply: SendReply): number {
    return this.#template(reply).frame.length
  }

  /** Writes the reply, for which there is room, and returns the position behind it. */
  write(into: Buffer, at: number, reply: SendReply): number {
    const template = this.#template(reply)
    into.set(template.frame, at)
    if (reply.isJson) writeDecimal(into, at + template.opaqueAt, reply.opaque)
    else writeInt32(into, at + template.opaqueAt, reply.opaque)
    writeHex(into, at + template.physicalOffsetAt, reply.physicalOffset)
    writeDecimal(into, at + template.queueIdAt, reply.queueId)
    writeDecimal(into, at + template.queueOffsetAt, reply.queueOffset)
    const { uniqKey, uniqKeyLength } = reply
    const keyAt = at + template.uniqKeyAt
    for (let i = 0; i < uniqKeyLength; i++) into[keyAt + i] = uniqKey[i]!
    if (reply.recallHandleLength > 0)
      reply.recallHandle.copy(into, at + template.recallHandleAt, 0, reply.recallHandleLength)
    return at + template.frame.length
  }

  #template(reply: SendReply): Template {
    const { isJson, uniqKeyLength, recallHandleLength } = reply
    const opaqueDigits = isJson ? digitsOf(reply.opaque) : 0
    const queueDigits = digitsOf(reply.queueId)
    const shape =
      (((recallHandleLength * 256 + uniqKeyLength) * 16 + digitsOf(reply.queueOffset)) * 16 + queueDigits) * 16 +
      opaqueDigits
    const { region, traceOn } = this.#marks
    if (region !== this.#region || traceOn !== this.#traceOn) this.#beginAnew(region, traceOn)
    if (shape === this.#lastShape) return this.#last!
    let template = this.#templates.get(shape)
    if (template === undefined) {
      if (this.#templates.size >= maxTemplates) this.#templates.clear()
      template = this.#make(reply)
      this.#templates.set(shape, template)
    }
    this.#lastShape = shape
    this.#last = template
    return template
  }

  #beginAnew(region: string, traceOn: boolean): void {
    this.#region = region
    this.#traceOn = traceOn
    this.#lastShape = -1
    this.#templates.clear()
  }

  #make({ isJson, opaque, queueId, queueOffset, uniqKeyLength, recallHandleLength }: SendReply): Template {
    const { messageIdPrefix, region, traceOn } = this.#marks
    const ext = sendMessageV2.encodeResponse({
      msgId: messageIdPrefix + '0'.repeat(hexDigits),
      queueId,
      queueOffset,
      transactionId: 'K'.repeat(uniqKeyLength),
      regionId: region,
      traceOn: String(traceOn),
      recallHandle: recallHandleLength === 0 ? undefined : 'H'.repeat(recallHandleLength),
    })
    const frame = encodeFrame({ code: 0, flag: flagResponse, opaque, ext }, isJson ? 'json' : 'rocketmq')
    const beforeValue = isJson ? '":"'.length : 4
    const behind = (name: string) => frame.indexOf(name) + name.length + beforeValue
    return {
      frame,
      opaqueAt: isJson ? frame.lastIndexOf('"opaque":') + '"opaque":'.length : opaqueAtBinary,
      physicalOffsetAt: behind('msgId') + messageIdPrefix.length,
      queueIdAt: behind('queueId'),
      queueOffsetAt: behind('queueOffset'),
      uniqKeyAt: behind('transactionId'),
      recallHandleAt: frame.lastIndexOf('recallHandle') + 'recallHandle'.length + beforeValue,
    }
  }
}

/** In a frame with a binary header. */
const opaqueAtBinary = 13
const zero = 0x30
const letterA = 0x41

function writeHex(into: Buffer, at: number, value: number): void {
  const high = Math.floor(value / 0x1_0000_0000)
  for (let i = 0; i < 8; i++) {
    into[at + i] = hexDigit(high >>> (28 - 4 * i))
    into[at + 8 + i] = hexDigit(value >>> (28 - 4 * i))
  }
}

function hexDigit(bits: number): number {
  const nibble = bits & 15
  return nibble < 10 ? zero + nibble : letterA + nibble - 10
}
