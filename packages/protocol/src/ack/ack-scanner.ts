import { framePrefixBytes } from '../frame/limits.ts'
import { readInt32 } from '../message/int64.ts'
import { type InternedText, InternedTexts } from '../send/interned-texts.ts'
import { behindText, isText } from '../send/plain-text.ts'

/**
 * Reads a plain acknowledgement from its frame without making anything: ACK_MESSAGE as clients write it, that wants an answer, with the handle of a popped message (POP_CK) in
 * all its eight parts. Its code does not fit a binary header, so its header is JSON. Anything else is left to `decodeFrame` and the declaration of the command, which say the
 * same of what is taken here (a property test holds them together). The fields are those of the last scan that answered true.
 */
export class AckScanner {
  /** Not negative, as are all numbers here. */
  opaque = 0
  group: InternedText = noText
  topic: InternedText = noText
  queueId = 0
  offset = 0
  /** From the handle: where its batch was read from, and so on. */
  startOffset = 0
  popTime = 0
  reviveQueueId = 0
  brokerName: InternedText = noText
  readonly #texts = new InternedTexts()
  /** Bits of the fields that were there. */
  #seen = 0
  /** What `#integer` read. */
  #value = 0

  /** False when the frame `[start, end)` is no plain acknowledgement. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < framePrefixBytes) return false
    // A JSON header has 0 in the upper byte.
    const headerBytes = readInt32(bytes, start + 4)
    const headerStart = start + framePrefixBytes
    const headerEnd = headerStart + headerBytes
    if (headerBytes < 0 || headerBytes > maxPlainHeaderBytes || headerEnd > end) return false
    if (!isText(bytes, headerStart, headerEnd, startOfAck)) return false
    this.#seen = 0
    this.opaque = 0
    let at = this.#member(bytes, headerStart + startOfAck.length, headerEnd)
    while (at >= 0 && at < headerEnd) {
      if (bytes[at] === close) return at + 1 === headerEnd && this.#seen === required
      if (bytes[at] !== comma) return false
      at = this.#member(bytes, at + 1, headerEnd)
    }
    return false
  }

  /** Returns the position behind the member; −1 when it is not plain. */
  #member(bytes: Buffer, at: number, end: number): number {
    if (isText(bytes, at, end, extFields)) return this.#fields(bytes, at + extFields.length, end)
    if (isText(bytes, at, end, opaqueMember)) {
      const behind = this.#int32(bytes, at + opaqueMember.length, end)
      this.opaque = this.#value
      return behind
    }
    if (isText(bytes, at, end, flagMember)) {
      const behind = this.#int32(bytes, at + flagMember.length, end)
      // Others are oneway, or answers.
      return this.#value === 0 ? behind : -1
    }
    if (isText(bytes, at, end, versionMember)) return this.#int32(bytes, at + versionMember.length, end)
    for (const member of ignoredMembers)
      if (isText(bytes, at, end, member)) return behindText(bytes, at + member.length, end)
    return -1
  }

  #fields(bytes: Buffer, start: number, end: number): number {
    // Of two such members the later one counts alone.
    if (this.#seen !== 0) return -1
    let at = this.#field(bytes, start, end)
    while (at >= 0 && at < end) {
      if (bytes[at] === close) return at + 1
      if (bytes[at] !== comma) return -1
      at = this.#field(bytes, at + 1, end)
    }
    return -1
  }

  #field(bytes: Buffer, at: number, end: number): number {
    if (at >= end || bytes[at] !== quote) return -1
    const nameEnd = behindText(bytes, at + 1, end)
    if (nameEnd < 0 || nameEnd + 1 >= end || bytes[nameEnd] !== colon || bytes[nameEnd + 1] !== quote) return -1
    const field = fieldOf(bytes, at + 1, nameEnd - 1)
    const valueAt = nameEnd + 2
    if (field >= 0) this.#seen |= 1 << field
    if (field === queueIdField || field === offsetField) {
      const behind = this.#integer(bytes, valueAt, end)
      if (behind < 0 || bytes[behind] !== quote) return -1
      if (field === offsetField) this.offset = this.#value
      else if (isInt32(this.#value)) this.queueId = this.#value
      else return -1
      return behind + 1
    }
    if (field === extraInfoField) return this.#handle(bytes, valueAt, end)
    if (field === liteTopicField) return -1
    const behind = behindText(bytes, valueAt, end)
    if (behind < 0) return -1
    if (field === groupField) this.group = this.#texts.of(bytes, valueAt, behind - 1)
    else if (field === topicField) this.topic = this.#texts.of(bytes, valueAt, behind - 1)
    return behind
  }

  /** `<start offset> <time of the pop> <invisible time> <queue of the revive topic> <retry flag> <broker> <queue> <offset>`, and the quote behind it. */
  #handle(bytes: Buffer, start: number, end: number): number {
    let at = this.#word(bytes, start, end)
    this.startOffset = this.#value
    at = this.#word(bytes, at, end)
    this.popTime = this.#value
    at = this.#word(bytes, at, end)
    at = this.#word(bytes, at, end)
    this.reviveQueueId = this.#value
    if (at < 0 || end - at < 2 || bytes[at + 1] !== space) return -1
    if (bytes[at]! < zero || bytes[at]! > zero + highestRetryFlag) return -1
    const brokerAt = at + 2
    let brokerEnd = brokerAt
    while (brokerEnd < end && bytes[brokerEnd] !== space && bytes[brokerEnd] !== quote) brokerEnd++
    const behindBroker = behindText(bytes, brokerAt, end)
    if (behindBroker < 0 || brokerEnd >= end || bytes[brokerEnd] !== space) return -1
    this.brokerName = this.#texts.of(bytes, brokerAt, brokerEnd)
    at = this.#word(bytes, brokerEnd + 1, end)
    if (at < 0) return -1
    at = this.#integer(bytes, at, end)
    return at < 0 || bytes[at] !== quote ? -1 : at + 1
  }

  /** A number and the space behind it. */
  #word(bytes: Buffer, at: number, end: number): number {
    if (at < 0) return -1
    const behind = this.#integer(bytes, at, end)
    return behind < 0 || bytes[behind] !== space ? -1 : behind + 1
  }

  #int32(bytes: Buffer, at: number, end: number): number {
    const behind = this.#integer(bytes, at, end)
    return behind < 0 || !isInt32(this.#value) ? -1 : behind
  }

  /** A whole number without sign or needless zeros, and not the last thing before `end`. Returns the position behind it; −1 when there is none. */
  #integer(bytes: Buffer, start: number, end: number): number {
    let at = start
    let value = 0
    for (; at < end; at++) {
      const digit = bytes[at]! - zero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const digits = at - start
    if (digits === 0 || digits > maxDigits || at >= end || (bytes[start] === zero && digits > 1)) return -1
    this.#value = value
    return at
  }
}

const noText: InternedText = { bytes: Buffer.alloc(0), text: '' }

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const close = 0x7d
const space = 0x20
const zero = 0x30
const highestRetryFlag = 2

/** Names and a handle have some hundred bytes. */
const maxPlainHeaderBytes = 4 * 1024
/** So that a number stays exact. */
const maxDigits = 15

const startOfAck = Buffer.from('{"code":200051,')
const extFields = Buffer.from('"extFields":{')
const opaqueMember = Buffer.from('"opaque":')
const flagMember = Buffer.from('"flag":')
const versionMember = Buffer.from('"version":')
const ignoredMembers = ['language', 'serializeTypeCurrentRPC', 'remark'].map((name) => Buffer.from(`"${name}":"`))

const fieldNames = ['consumerGroup', 'topic', 'queueId', 'offset', 'extraInfo', 'liteTopic'].map((name) =>
  Buffer.from(name),
)
const groupField = 0
const topicField = 1
const queueIdField = 2
const offsetField = 3
const extraInfoField = 4
const liteTopicField = 5
const required = 0b1_1111

/** −1 for a name that the command does not declare. */
function fieldOf(bytes: Buffer, start: number, end: number): number {
  for (let field = 0; field < fieldNames.length; field++) {
    const name = fieldNames[field]!
    if (name.length === end - start && isText(bytes, start, end, name)) return field
  }
  return -1
}

const isInt32 = (value: number): boolean => value === (value | 0)
