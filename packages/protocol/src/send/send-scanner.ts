import { flagResponse } from '../frame/header.ts'
import { framePrefixBytes } from '../frame/limits.ts'
import { readInt16, readInt32 } from '../message/int64.ts'
import { type InternedText, InternedTexts } from '../plain/interned-texts.ts'
import { KnownBytes } from '../plain/known-bytes.ts'
import { behindText, isPrintable, isText } from '../plain/plain-text.ts'
import { PlainProperties } from './plain-properties.ts'
import {
  batchField,
  bornTimestampField,
  codeV1,
  codeV2,
  fieldOf,
  fieldsOfPrefix,
  flagField,
  isLetter,
  isNumber,
  propertiesField,
  queueIdField,
  reconsumeTimesField,
  required,
  sysFlagField,
  topicField,
} from './send-fields.ts'

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
  #headerStart = 0
  /** What the last headers began with. */
  #prefix: Prefix | undefined
  #missesOfPrefix = 0
  /** Over all the memory that the last frame lay in, which mostly is where the next one lies too. */
  #view: DataView = new DataView(new ArrayBuffer(0))

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

  /** Clients write `code` first; the other members come in any order, which for Java's is always the same. */
  #json(bytes: Buffer, start: number, end: number): boolean {
    this.#headerStart = start
    if (bytes.buffer !== this.#view.buffer) this.#view = new DataView(bytes.buffer)
    this.frameFlag = 0
    this.opaque = 0
    let at = this.#knownPrefix(bytes, start, end)
    if (at < 0) {
      if (isText(bytes, start, end, startOfV2)) at = start + startOfV2.length
      else if (isText(bytes, start, end, startOfV1)) at = start + startOfV1.length
      else return false
      this.code = at === start + startOfV2.length ? codeV2 : codeV1
      at = this.#member(bytes, at, end)
    }
    while (at >= 0 && at < end) {
      if (bytes[at] === close) return at + 1 === end
      if (bytes[at] !== comma) return false
      at = this.#nextMember(bytes, at, end)
    }
    return false
  }

  /** Goes on behind the queue id when the header begins as the last one did; −1 when it does not. */
  #knownPrefix(bytes: Buffer, start: number, end: number): number {
    const prefix = this.#prefix
    if (prefix === undefined) return -1
    const { byteOffset } = bytes
    if (!prefix.bytes.isAt(this.#view, byteOffset + start, byteOffset + end)) return -1
    this.#missesOfPrefix = 0
    this.code = codeV2
    this.topic = prefix.topic
    this.#seen = prefix.seen
    return this.#moreFields(bytes, this.#jsonField(queueIdField, bytes, start + prefix.bytes.length, end), end)
  }

  /**
   * Remembers what stands before the value of the queue id, which is the same for all messages of a producer to a topic. Not each time: where topics
   * change with every message that would be for nothing.
   */
  #rememberPrefix(bytes: Buffer, end: number): void {
    if ((this.#seen & ~fieldsOfPrefix) !== 0 || (this.#seen & (1 << topicField)) === 0) return
    if (this.#prefix !== undefined && ++this.#missesOfPrefix < missesToForget) return
    this.#missesOfPrefix = 0
    const known = new KnownBytes(bytes.subarray(this.#headerStart, end))
    this.#prefix = { bytes: known, topic: this.topic, seen: this.#seen }
  }

  /** From the comma before a member on. Flag and opaque, and the end, are tried first as Java's clients write them. */
  #nextMember(bytes: Buffer, at: number, end: number): number {
    const { byteOffset } = bytes
    if (opaqueOfJava.isAt(this.#view, byteOffset + at, byteOffset + end)) {
      this.frameFlag = 0
      return this.#opaqueAt(bytes, at + opaqueOfJava.length, end)
    }
    if (versionOfJava.isAt(this.#view, byteOffset + at, byteOffset + end)) {
      const behind = this.#integer(bytes, at + versionOfJava.length, end)
      return behind < 0 || !isInt32(this.#value) ? -1 : behind
    }
    return this.#member(bytes, at + 1, end)
  }

  #opaqueAt(bytes: Buffer, at: number, end: number): number {
    const behind = this.#integer(bytes, at, end)
    this.opaque = this.#value
    return behind < 0 || !isInt32(this.#value) || this.#value < 0 ? -1 : behind
  }

  /** Returns the position behind the member; −1 when it is not plain. */
  #member(bytes: Buffer, at: number, end: number): number {
    if (isText(bytes, at, end, extFields)) return this.#fields(bytes, at + extFields.length, end)
    if (isText(bytes, at, end, opaqueMember)) return this.#opaqueAt(bytes, at + opaqueMember.length, end)
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
    // Of two such members the later one counts alone.
    if (this.#seen !== 0) return -1
    return this.#moreFields(bytes, this.#field(bytes, start, end), end)
  }

  /** From behind a value on; returns the position behind the last field's bracket. */
  #moreFields(bytes: Buffer, start: number, end: number): number {
    let at = start
    while (at >= 0 && at < end) {
      if (bytes[at] === close) return at + 1
      if (bytes[at] !== comma) return -1
      at = this.#field(bytes, at + 1, end)
    }
    return -1
  }

  #field(bytes: Buffer, at: number, end: number): number {
    if (at + 4 >= end || bytes[at] !== quote) return -1
    const isV2 = this.code === codeV2
    const nameAt = at + 1
    const nameEnd =
      isV2 && isLetter(bytes[nameAt]!) && bytes[at + 2] === quote ? at + 3 : behindText(bytes, nameAt, end)
    if (nameEnd < 0 || bytes[nameEnd] !== colon || bytes[nameEnd + 1] !== quote) return -1
    const field = fieldOf(isV2, bytes, nameAt, nameEnd - 1)
    const valueAt = nameEnd + 2
    if (field === queueIdField && isV2 && this.#isFirstMember(bytes)) this.#rememberPrefix(bytes, valueAt)
    return this.#jsonField(field, bytes, valueAt, end)
  }

  /** Whether the fields follow the code at once. */
  #isFirstMember(bytes: Buffer): boolean {
    return isText(bytes, this.#headerStart + startOfV2.length, bytes.length, extFields)
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
const comma = 0x2c
const colon = 0x3a
const close = 0x7d
const minus = 0x2d
const zero = 0x30

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
const opaqueOfJava = new KnownBytes(Buffer.from(',"flag":0,"language":"JAVA","opaque":'))
const versionOfJava = new KnownBytes(Buffer.from(',"serializeTypeCurrentRPC":"JSON","version":'))

/** What stands before the value of the queue id, and what it says. */
interface Prefix {
  readonly bytes: KnownBytes
  readonly topic: InternedText
  readonly seen: number
}
/** So many headers in a row begin otherwise before another beginning is remembered. */
const missesToForget = 4

const isInt32 = (value: number): boolean => value === (value | 0)
