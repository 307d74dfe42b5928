import { framePrefixBytes } from '../frame/limits.ts'
import { readInt32 } from '../message/int64.ts'
import { behindText, isText } from './plain-text.ts'

/** Such a header has some hundred bytes. */
const maxHeaderBytes = 4 * 1024
/** So that a number stays exact. */
const maxDigits = 15

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const close = 0x7d
const zero = 0x30

const extFields = Buffer.from('"extFields":{')
const opaqueMember = Buffer.from('"opaque":')
const flagMember = Buffer.from('"flag":')
const versionMember = Buffer.from('"version":')
const ignoredMembers = ['language', 'serializeTypeCurrentRPC', 'remark'].map((name) => Buffer.from(`"${name}":"`))

/**
 * Reads the JSON header of one kind of request from its frame without making anything, as clients write it: the code first, numbers without sign, all texts printable ASCII. Where
 * it is not so, the scan answers false, and the frame is left to `decodeFrame` and the declaration of the command. What the fields are is the subclass's; property tests hold
 * what each takes against that declaration.
 */
export abstract class PlainHeader {
  opaque = 0
  /** Of the frame: bit 0 is an answer, bit 1 oneway. */
  frameFlag = 0
  /** What `integer` and `int32` read. */
  protected value = 0
  readonly #beginning: Buffer
  #hasFields = false

  protected constructor(code: number) {
    this.#beginning = Buffer.from(`{"code":${code},`)
  }

  /** Where the header of the frame `[start, end)` ends, once all of it was read; −1 when it is not plain. */
  protected readHeader(bytes: Buffer, start: number, end: number): number {
    if (end - start < framePrefixBytes) return -1
    // A JSON header has 0 in the upper byte.
    const headerBytes = readInt32(bytes, start + 4)
    const headerStart = start + framePrefixBytes
    const headerEnd = headerStart + headerBytes
    if (headerBytes < 0 || headerBytes > maxHeaderBytes || headerEnd > end) return -1
    if (!isText(bytes, headerStart, headerEnd, this.#beginning)) return -1
    this.opaque = this.frameFlag = 0
    this.#hasFields = false
    let at = this.#member(bytes, headerStart + this.#beginning.length, headerEnd)
    while (at >= 0 && at < headerEnd) {
      if (bytes[at] === close) return at + 1 === headerEnd ? headerEnd : -1
      if (bytes[at] !== comma) return -1
      at = this.#member(bytes, at + 1, headerEnd)
    }
    return -1
  }

  /** Reads the value from behind its quote on, of the field whose name is `bytes[nameAt, nameEnd)`. Returns the position behind the closing quote; −1 when it is not plain. */
  protected abstract readField(bytes: Buffer, nameAt: number, nameEnd: number, valueAt: number, end: number): number

  /** A whole number without sign or needless zeros, and not the last thing before `end`. Returns the position behind it; −1 when there is none. */
  protected integer(bytes: Buffer, start: number, end: number): number {
    let at = start
    let value = 0
    for (; at < end; at++) {
      const digit = bytes[at]! - zero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const digits = at - start
    if (digits === 0 || digits > maxDigits || at >= end || (bytes[start] === zero && digits > 1)) return -1
    this.value = value
    return at
  }

  protected int32(bytes: Buffer, start: number, end: number): number {
    const behind = this.integer(bytes, start, end)
    return this.value > 0x7fff_ffff ? -1 : behind
  }

  /** Returns the position behind the member; −1 when it is not plain. */
  #member(bytes: Buffer, at: number, end: number): number {
    if (isText(bytes, at, end, extFields)) return this.#fields(bytes, at + extFields.length, end)
    if (isText(bytes, at, end, flagMember)) {
      const behind = this.int32(bytes, at + flagMember.length, end)
      this.frameFlag = this.value
      return behind
    }
    if (isText(bytes, at, end, opaqueMember)) {
      const behind = this.int32(bytes, at + opaqueMember.length, end)
      this.opaque = this.value
      return behind
    }
    if (isText(bytes, at, end, versionMember)) return this.int32(bytes, at + versionMember.length, end)
    for (const member of ignoredMembers)
      if (isText(bytes, at, end, member)) return behindText(bytes, at + member.length, end)
    return -1
  }

  #fields(bytes: Buffer, start: number, end: number): number {
    // Of two such members the later one counts alone.
    if (this.#hasFields) return -1
    this.#hasFields = true
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
    const behindName = behindText(bytes, at + 1, end)
    if (behindName < 0 || behindName + 1 >= end) return -1
    if (bytes[behindName] !== colon || bytes[behindName + 1] !== quote) return -1
    return this.readField(bytes, at + 1, behindName - 1, behindName + 2, end)
  }
}
