import { flagResponse } from '../frame/header.ts'
import { framePrefixBytes } from '../frame/limits.ts'
import { readInt32 } from '../message/int64.ts'
import { behindText, isText } from './plain-text.ts'

/** A producer's header has some 300 bytes. */
const maxHeaderBytes = 4 * 1024
/** A longer name of a group is left to the usual way. */
const maxGroupBytes = 255
/** So that a number stays exact. */
const maxDigits = 15

const quote = 0x22
const comma = 0x2c
const colon = 0x3a
const close = 0x7d
const zero = 0x30

const startOfHeader = Buffer.from('{"code":37,')
const extFields = Buffer.from('"extFields":{')
const opaqueMember = Buffer.from('"opaque":')
const flagMember = Buffer.from('"flag":')
const versionMember = Buffer.from('"version":')
const ignoredMembers = ['language', 'serializeTypeCurrentRPC', 'remark'].map((name) => Buffer.from(`"${name}":"`))
const [producerGroup, tranStateTableOffset, commitLogOffset, commitOrRollback, fromTransactionCheck] = [
  'producerGroup',
  'tranStateTableOffset',
  'commitLogOffset',
  'commitOrRollback',
  'fromTransactionCheck',
].map((name) => Buffer.from(name)) as [Buffer, Buffer, Buffer, Buffer, Buffer]
const trueText = Buffer.from('true"')
const falseText = Buffer.from('false"')

const bits = { group: 1, tableOffset: 2, logOffset: 4, decision: 8, check: 16 } as const
const required = bits.group | bits.tableOffset | bits.logOffset | bits.decision

/**
 * Reads END_TRANSACTION from its frame without making anything, with a JSON header as Java's clients write it. Anything else is left to `decodeFrame` and the command's declaration, which
 * answer the same for what is taken here (a property test holds them together). The fields are those of the last scan that answered true.
 */
export class EndTransactionScanner {
  opaque = 0
  /** Of the frame: bit 1 is oneway. */
  frameFlag = 0
  readonly group: Buffer = Buffer.alloc(maxGroupBytes)
  groupLength = 0
  tranStateTableOffset = 0
  commitLogOffset = 0
  commitOrRollback = 0
  fromTransactionCheck = false
  #seen = 0
  #value = 0

  /** False when the frame `[start, end)` is no plain END_TRANSACTION. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    if (end - start < framePrefixBytes) return false
    const mark = readInt32(bytes, start + 4)
    const at = start + framePrefixBytes
    if (mark >>> 24 !== 0 || mark > maxHeaderBytes || at + mark !== end) return false
    if (!isText(bytes, at, end, startOfHeader)) return false
    this.opaque = this.frameFlag = this.#seen = 0
    this.fromTransactionCheck = false
    return this.#members(bytes, at + startOfHeader.length - 1, end)
  }

  /** From the comma before a member to the end. */
  #members(bytes: Buffer, start: number, end: number): boolean {
    let at = start
    while (at >= 0 && at < end) {
      if (bytes[at] === close)
        return at + 1 === end && (this.#seen & required) === required && (this.frameFlag & flagResponse) === 0
      if (bytes[at] !== comma) return false
      at = this.#member(bytes, at + 1, end)
    }
    return false
  }

  /** Returns the position behind the member; −1 when it is not plain. */
  #member(bytes: Buffer, at: number, end: number): number {
    if (isText(bytes, at, end, extFields)) return this.#fields(bytes, at + extFields.length, end)
    if (isText(bytes, at, end, flagMember)) {
      const behind = this.#int32(bytes, at + flagMember.length, end)
      this.frameFlag = this.#value
      return behind
    }
    if (isText(bytes, at, end, opaqueMember)) {
      const behind = this.#int32(bytes, at + opaqueMember.length, end)
      this.opaque = this.#value
      return behind
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
    if (bytes[at] !== quote) return -1
    const nameEnd = behindText(bytes, at + 1, end)
    if (nameEnd < 0 || bytes[nameEnd] !== colon || bytes[nameEnd + 1] !== quote) return -1
    const nameAt = at + 1
    const length = nameEnd - 1 - nameAt
    const valueAt = nameEnd + 2
    if (length === producerGroup.length && isText(bytes, nameAt, end, producerGroup))
      return this.#group(bytes, valueAt, end)
    if (length === tranStateTableOffset.length && isText(bytes, nameAt, end, tranStateTableOffset)) {
      const behind = this.#number(bits.tableOffset, bytes, valueAt, end)
      this.tranStateTableOffset = this.#value
      return behind
    }
    if (length === commitLogOffset.length && isText(bytes, nameAt, end, commitLogOffset)) {
      const behind = this.#number(bits.logOffset, bytes, valueAt, end)
      this.commitLogOffset = this.#value
      return behind
    }
    if (length === commitOrRollback.length && isText(bytes, nameAt, end, commitOrRollback)) {
      const behind = this.#number(bits.decision, bytes, valueAt, end)
      this.commitOrRollback = this.#value
      return this.#value > 0x7fff_ffff ? -1 : behind
    }
    if (length === fromTransactionCheck.length && isText(bytes, nameAt, end, fromTransactionCheck))
      return this.#check(bytes, valueAt, end)
    return behindText(bytes, valueAt, end)
  }

  /** Of two fields with one name the later counts, which is left to the usual way. */
  #isNew(bit: number): boolean {
    const isNew = (this.#seen & bit) === 0
    this.#seen |= bit
    return isNew
  }

  #group(bytes: Buffer, at: number, end: number): number {
    const behind = behindText(bytes, at, end)
    const length = behind - 1 - at
    if (!this.#isNew(bits.group) || behind < 0 || length > maxGroupBytes) return -1
    for (let i = 0; i < length; i++) this.group[i] = bytes[at + i]!
    this.groupLength = length
    return behind
  }

  #check(bytes: Buffer, at: number, end: number): number {
    if (!this.#isNew(bits.check)) return -1
    this.fromTransactionCheck = isText(bytes, at, end, trueText)
    if (this.fromTransactionCheck) return at + trueText.length
    return isText(bytes, at, end, falseText) ? at + falseText.length : -1
  }

  #number(bit: number, bytes: Buffer, at: number, end: number): number {
    const behind = this.#integer(bytes, at, end)
    return this.#isNew(bit) && behind >= 0 && bytes[behind] === quote ? behind + 1 : -1
  }

  #int32(bytes: Buffer, at: number, end: number): number {
    const behind = this.#integer(bytes, at, end)
    return this.#value > 0x7fff_ffff ? -1 : behind
  }

  /** A whole number, not negative, without needless zeros. Returns the position behind it; −1 when there is none. */
  #integer(bytes: Buffer, start: number, end: number): number {
    let at = start
    let value = 0
    for (; at < end; at++) {
      const digit = bytes[at]! - zero
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    const digits = at - start
    this.#value = value
    return digits === 0 || digits > maxDigits || (bytes[start] === zero && digits > 1) ? -1 : at
  }
}
