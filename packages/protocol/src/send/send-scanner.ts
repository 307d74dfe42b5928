import { flagResponse } from '../frame/header.ts'
import { framePrefixBytes } from '../frame/limits.ts'
import { readInt16, readInt32 } from '../message/int64.ts'
import { type InternedText, InternedTexts } from './interned-texts.ts'
import { PlainProperties } from './plain-properties.ts'

/**
 * Reads a plain send from its frame without making anything: SEND_MESSAGE and SEND_MESSAGE_V2, header as JSON or ROCKETMQ, as clients write them, all
 * texts printable ASCII. Anything else is left to `decodeFrame` and the command's declaration, which answer the same for what is taken
 * here (a property test holds them together). The fields are those of the last scan that answered true.
 */
export class SendScanner {
  isJson = true
  /** 10 or 310. */
  code = 0
  /** Not negative. */
  opaque = 0
  /** Of the frame: bit 1 is oneway. */
  frameFlag = 0
  topic: InternedText = noText
  queueId = 0
  sysFlag = 0
  bornTimestamp = 0
  /** The sender's, of the message. */
  flag = 0
  reconsumeTimes = 0
  readonly properties: PlainProperties = new PlainProperties()
  bodyStart = 0
  bodyEnd = 0
  readonly #topics = new InternedTexts()
  /** Bits of the fields that were there. */
  #seen = 0

  /** False when the frame `[start, end)` is no plain send. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < framePrefixBytes) return false
    const mark = readInt32(bytes, start + 4)
    const headerStart = start + framePrefixBytes
    const headerEnd = headerStart + (mark & 0xff_ff_ff)
    if (headerEnd > end || headerEnd - headerStart > maxPlainHeaderBytes) return false
    this.bodyStart = headerEnd
    this.bodyEnd = end
    this.reconsumeTimes = 0
    this.#seen = 0
    this.isJson = mark >>> 24 === 0
    const isPlain = this.isJson
      ? this.#json(bytes, headerStart, headerEnd)
      : mark >>> 24 === 1 && this.#binary(bytes, headerStart, headerEnd)
    return isPlain && (this.#seen & required) === required && (this.frameFlag & flagResponse) === 0
  }

  /** Clients write `code` first; the other members come in any order. */
  #json(bytes: Buffer, start: number, end: number): boolean {
    let at: number
    if (isText(bytes, start, end, startOfV2)) at = start + startOfV2.length
    else if (isText(bytes, start, end, startOfV1)) at = start + startOfV1.length
    else return false
    this.code = at === start + startOfV2.length ? codeV2 : codeV1
    this.frameFlag = 0
    this.opaque = 0
    for (;;) {
      at = this.#member(bytes, at, end)
      if (at < 0 || at >= end) return false
      if (bytes[at] === close) return at + 1 === end
      if (bytes[at] !== comma) return false
      at++
    }
  }

  /** Returns the position behind the member; −1 when it is not plain. */
  #member(bytes: Buffer, at: number, end: number): number {
    if (isText(bytes, at, end, extFields)) return this.#fields(bytes, at + extFields.length, end)
    if (isText(bytes, at, end, opaqueMember)) {
      const behind = this.#integer(bytes, at + opaqueMember.length, end)
      this.opaque = this.#value
      return behind < 0 || !isInt32(this.#value) || this.#value < 0 ? -1 : behind
    }
    if (isText(bytes, at, end, flagMember)) {
      const behind = this.#integer(bytes, at + flagMember.length, end)
      this.frameFlag = this.#value
      return behind < 0 || !isInt32(this.#value) ? -1 : behind
    }
    if (isText(bytes, at, end, versionMember)) {
      const behind = this.#integer(bytes, at + versionMember.length, end)
      return behind < 0 || !isInt32(this.#value) ? -1 : behind
    }
    for (const member of ignoredMembers)
      if (isText(bytes, at, end, member)) return behindText(bytes, at + member.length, end)
    return -1
  }

  #fields(bytes: Buffer, start: number, end: number): number {
    const isV2 = this.code === codeV2
    // Of two such members the later one counts alone.
    if (this.#seen !== 0) return -1
    let at = start
    while (at + 4 < end) {
      if (bytes[at] !== quote) return -1
      const nameAt = at + 1
      at = isV2 && isLetter(bytes[nameAt]!) && bytes[at + 2] === quote ? at + 3 : behindText(bytes, nameAt, end)
      if (at < 0 || bytes[at] !== colon || bytes[at + 1] !== quote) return -1
      at = this.#jsonField(fieldOf(isV2, bytes, nameAt, at - 1), bytes, at + 2, end)
      if (at < 0 || at >= end) return -1
      if (bytes[at] === close) return at + 1
      if (bytes[at] !== comma) return -1
      at++
    }
    return -1
  }

  /** Reads a value from behind its quote on; returns the position behind the closing one, −1 when it is not plain. */
  #jsonField(field: number, bytes: Buffer, at: number, end: number): number {
    if (field === propertiesField) {
      this.#seen |= 1 << propertiesField
      return this.properties.readJson(bytes, at, end)
    }
    if (isNumber(field)) {
      const behind = this.#integer(bytes, at, end)
      return behind < 0 || bytes[behind] !== quote || !this.#number(field) ? -1 : behind + 1
    }
    const behind = behindText(bytes, at, end)
    return behind < 0 || !this.#text(field, bytes, at, behind - 1) ? -1 : behind
  }

  #binary(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < binaryFixedBytes) return false
    this.code = readInt16(bytes, start)
    const isV2 = this.code === codeV2
    if (!isV2 && this.code !== codeV1) return false
    this.opaque = readInt32(bytes, start + 5)
    this.frameFlag = readInt32(bytes, start + 9)
    // Requests have no remark.
    if (this.opaque < 0 || readInt32(bytes, start + 13) !== 0) return false
    let at = start + binaryFixedBytes
    if (readInt32(bytes, at - 4) !== end - at) return false
    while (at < end) {
      if (end - at < 6) return false
      const nameEnd = at + 2 + readInt16(bytes, at)
      if (nameEnd <= at + 2 || nameEnd > end - 4) return false
      const valueAt = nameEnd + 4
      const valueEnd = valueAt + readInt32(bytes, nameEnd)
      if (valueEnd <= valueAt || valueEnd > end) return false
      if (!this.#binaryField(fieldOf(isV2, bytes, at + 2, nameEnd), bytes, valueAt, valueEnd)) return false
      at = valueEnd
    }
    return true
  }

  #binaryField(field: number, bytes: Buffer, at: number, end: number): boolean {
    if (field === propertiesField) {
      this.#seen |= 1 << propertiesField
      return this.properties.readBytes(bytes, at, end)
    }
    if (isNumber(field)) return this.#integer(bytes, at, end) === end && this.#number(field)
    return this.#text(field, bytes, at, end)
  }

  #text(field: number, bytes: Buffer, at: number, end: number): boolean {
    if (field < 0) return true
    this.#seen |= 1 << field
    if (field === topicField) {
      // In a JSON header the scan for the quote has looked.
      if (!this.isJson && !isPrintable(bytes, at, end)) return false
      this.topic = this.#topics.of(bytes, at, end)
    } else if (field === batchField) return isText(bytes, at, end, falseText) && end - at === falseText.length
    return true
  }

  #number(field: number): boolean {
    const value = this.#value
    this.#seen |= 1 << field
    if (field !== bornTimestampField && !isInt32(value)) return false
    if (field === queueIdField) this.queueId = value
    else if (field === sysFlagField) this.sysFlag = value
    else if (field === bornTimestampField) this.bornTimestamp = value
    else if (field === flagField) this.flag = value
    else if (field === reconsumeTimesField) this.reconsumeTimes = value
    return true
  }

  /** What `#integer` read. */
  #value = 0

  /** A whole number without needless zeros. Returns the position behind it; −1 when there is none. */
  #integer(bytes: Buffer, start: number, end: number): number {
    const isNegative = start < end && bytes[start] === minus
    const first = isNegative ? start + 1 : start
    let at = first
    let value = 0
    for (; at < end; at++) {
      const digit = bytes[at]! - zero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const digits = at - first
    if (digits === 0 || digits > maxDigits || (bytes[first] === zero && (digits > 1 || isNegative))) return -1
    this.#value = isNegative ? -value : value
    return at
  }
}

const noText: InternedText = { bytes: Buffer.alloc(0), text: '' }

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const close = 0x7d
const minus = 0x2d
const zero = 0x30

const codeV1 = 10
const codeV2 = 310
/** Properties have at most 8 KiB, six times as much when all of it is escaped, which it is not. */
const maxPlainHeaderBytes = 32 * 1024
/** So that a number stays exact. */
const maxDigits = 15
const binaryFixedBytes = 21

const startOfV1 = Buffer.from(`{"code":${codeV1},`)
const startOfV2 = Buffer.from(`{"code":${codeV2},`)
const extFields = Buffer.from('"extFields":{')
const opaqueMember = Buffer.from('"opaque":')
const flagMember = Buffer.from('"flag":')
const versionMember = Buffer.from('"version":')
const ignoredMembers = ['language', 'serializeTypeCurrentRPC', 'remark'].map((name) => Buffer.from(`"${name}":"`))
const falseText = Buffer.from('false')

/** The fields of SEND_MESSAGE; those of SEND_MESSAGE_V2 are called `a`, `b`, `c` and so on, in this order. */
const namesV1 = [
  'producerGroup',
  'topic',
  'defaultTopic',
  'defaultTopicQueueNums',
  'queueId',
  'sysFlag',
  'bornTimestamp',
  'flag',
  'properties',
  'reconsumeTimes',
  'unitMode',
  'maxReconsumeTimes',
  'batch',
  'bname',
].map((name) => Buffer.from(name))
const topicField = 1
const queueIdField = 4
const sysFlagField = 5
const bornTimestampField = 6
const flagField = 7
const propertiesField = 8
const reconsumeTimesField = 9
const batchField = 12
/** Bits of the fields that are numbers: two are only looked at for being numbers. */
const numbers = 0b1010_1111_1000 & ~(1 << propertiesField)
/** Topic to properties; without properties a message has no unique key, and is not plain. */
const required = 0b1_1111_1110
const letterA = 0x61
const letterZ = 0x7a

/** The number of a field by its name; −1 for one that the command does not declare. */
function fieldOf(isV2: boolean, bytes: Buffer, start: number, end: number): number {
  if (isV2) {
    const letter = bytes[start]! - letterA
    return end - start === 1 && letter >= 0 && letter < namesV1.length ? letter : -1
  }
  for (let field = 0; field < namesV1.length; field++) {
    const name = namesV1[field]!
    if (name.length === end - start && isText(bytes, start, end, name)) return field
  }
  return -1
}

function isText(bytes: Buffer, at: number, end: number, text: Buffer): boolean {
  if (end - at < text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}

function isPrintable(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! < 0x20 || bytes[at]! > 0x7e) return false
  return true
}

/** The position behind the quote that ends a text without escapes; −1 when there is none. */
function behindText(bytes: Buffer, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!
    if (byte === quote) return at + 1
    if (byte === backslash || byte < 0x20 || byte > 0x7e) return -1
  }
  return -1
}

const isNumber = (field: number): boolean => field >= 0 && (numbers & (1 << field)) !== 0
const isLetter = (byte: number): boolean => byte >= letterA && byte <= letterZ
const isInt32 = (value: number): boolean => value === (value | 0)
