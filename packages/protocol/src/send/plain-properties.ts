import { propertyNames } from '../message/property-names.ts'
import { decimalBytes, writeDecimal } from '../plain/decimal.ts'
import { isAt, javaHashOf } from '../plain/plain-text.ts'

/** Properties of a plain message and the marks behind them find room here; longer ones are read the usual way. */
const capacity = 8 * 1024

const nameEndCode = 1
const entryEndCode = 2
const quote = 0x22
const backslash = 0x5c
const lowerU = 0x75
const zero = 0x30

/** Names of RocketMQ's own that ask nothing of a broker but to be stored. A message with any other of them is not plain. */
const harmless: ReadonlySet<string> = new Set([
  propertyNames.KEYS,
  propertyNames.INSTANCE_ID,
  propertyNames.SHARDING_KEY,
  propertyNames.PGROUP,
])
/** What a message asks for by one of its properties. */
export const sendAsks = { nothing: 0, transaction: 1, delayLevel: 2, delaySec: 3, delayMs: 4, deliverMs: 5 } as const
export type SendAsks = (typeof sendAsks)[keyof typeof sendAsks]
/** By the name of the property; a message has one of them at most, or is read the usual way. */
const asksByName: ReadonlyMap<string, SendAsks> = new Map([
  [propertyNames.TRAN_MSG, sendAsks.transaction],
  [propertyNames.DELAY, sendAsks.delayLevel],
  [propertyNames.TIMER_DELAY_SEC, sendAsks.delaySec],
  [propertyNames.TIMER_DELAY_MS, sendAsks.delayMs],
  [propertyNames.TIMER_DELIVER_MS, sendAsks.deliverMs],
])
const longestName = 40
/** A name that a plain message does not have, and what a message asks for by it; `undefined`: something that is not for the fast way. */
interface SpecialName {
  readonly name: Buffer
  readonly asks: SendAsks | undefined
}
/** RocketMQ's, by length. */
const special: readonly (readonly SpecialName[])[] = Array.from({ length: longestName + 1 }, (_, length) =>
  Object.values(propertyNames)
    .filter((name) => name.length === length && !harmless.has(name))
    .map((name) => ({ name: Buffer.from(name), asks: asksByName.get(name) })),
)
const tags = Buffer.from(propertyNames.TAGS)
const wait = Buffer.from(propertyNames.WAIT)
const uniqKey = Buffer.from(propertyNames.UNIQ_KEY)
const falseText = Buffer.from('false')
const trueText = Buffer.from('true')
/** So that a number stays exact. */
const maxDigits = 15
/** Separators and digits of an entry that is added. */
const entryExtraBytes = 2 + decimalBytes

/**
 * The properties of a message as bytes, and what a broker has to know of them. Only plain ones are taken: printable ASCII, whole entries, a
 * unique key, and of RocketMQ's names that ask for more than to be stored one of `sendAsks` at most.
 */
export class PlainProperties {
  readonly bytes: Buffer = Buffer.alloc(capacity)
  length = 0
  uniqKeyAt = 0
  uniqKeyLength = 0
  /** The Java hash of the tag, 0 for none. */
  tagsCode = 0
  /** What the message asks for besides being stored, */
  asks: SendAsks = sendAsks.nothing
  /** and the number that it says, where that is one. */
  asked = 0
  #askedAt = 0
  #askedEnd = 0
  /** False only when the property WAIT is `false`. */
  waitStored = true

  /**
   * Reads properties that stand in a JSON text, from behind its quote on. Returns the position behind the closing quote; −1 when they are
   * not plain.
   */
  readJson(from: Buffer, start: number, end: number): number {
    this.#reset()
    const into = this.bytes
    let length = 0
    let entryAt = 0
    let nameEnd = -1
    // What stands there is never shorter than what it means.
    const limit = Math.min(end, start + capacity)
    for (let at = start; at < limit; at++) {
      let byte = from[at]!
      if (byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== backslash) {
        into[length++] = byte
        continue
      }
      if (byte === quote) return this.#finish(length, entryAt) ? at + 1 : -1
      byte = byte === backslash ? separatorAt(from, at, limit) : 0
      if (byte === nameEndCode) {
        if (nameEnd < 0) nameEnd = length
      } else if (byte === entryEndCode) {
        if (!this.#entry(entryAt, nameEnd, length)) return -1
        entryAt = length + 1
        nameEnd = -1
      } else return -1
      into[length++] = byte
      at += 5
    }
    return -1
  }

  /** Reads properties that stand as they are. False when they are not plain. */
  readBytes(from: Buffer, start: number, end: number): boolean {
    this.#reset()
    const into = this.bytes
    if (end - start > capacity) return false
    let length = 0
    let entryAt = 0
    let nameEnd = -1
    for (let at = start; at < end; at++) {
      const byte = from[at]!
      if (byte === nameEndCode) {
        if (nameEnd < 0) nameEnd = length
      } else if (byte === entryEndCode) {
        if (!this.#entry(entryAt, nameEnd, length)) return false
        entryAt = length + 1
        nameEnd = -1
      } else if (byte < 0x20 || byte > 0x7e) return false
      into[length++] = byte
    }
    return this.#finish(length, entryAt)
  }

  /** Puts `more`, whole entries, behind them. False when there is no room. */
  append(more: Buffer): boolean {
    if (this.length + more.length > capacity) return false
    this.bytes.set(more, this.length)
    this.length += more.length
    return true
  }

  /** Puts a property behind them, whose name has its separator already. False when there is no room. */
  appendText(name: Buffer, value: Buffer, start: number, end: number): boolean {
    if (this.length + name.length + entryExtraBytes + end - start > capacity) return false
    const into = this.bytes
    let at = this.#name(name)
    for (let from = start; from < end; from++) into[at++] = value[from]!
    into[at++] = entryEndCode
    this.length = at
    return true
  }

  /** The same for a number that is not negative. */
  appendNumber(name: Buffer, value: number): boolean {
    if (this.length + name.length + entryExtraBytes > capacity) return false
    const at = writeDecimal(this.bytes, this.#name(name), value)
    this.bytes[at] = entryEndCode
    this.length = at + 1
    return true
  }

  /** Takes out the property by which the message asks for something. */
  removeAsked(): void {
    const bytes = this.#askedEnd - this.#askedAt
    this.bytes.copyWithin(this.#askedAt, this.#askedEnd, this.length)
    this.length -= bytes
    if (this.uniqKeyAt > this.#askedAt) this.uniqKeyAt -= bytes
  }

  #name(name: Buffer): number {
    const into = this.bytes
    let at = this.length
    for (let i = 0; i < name.length; i++) into[at++] = name[i]!
    return at
  }

  #reset(): void {
    this.length = this.uniqKeyAt = this.uniqKeyLength = this.tagsCode = 0
    this.asks = sendAsks.nothing
    this.waitStored = true
  }

  /** All are whole entries, and the unique key is among them. */
  #finish(length: number, entryAt: number): boolean {
    this.length = length
    return length === entryAt && this.uniqKeyLength > 0
  }

  /** Takes note of one entry; of two with one name the later counts. */
  #entry(nameAt: number, nameEnd: number, valueEnd: number): boolean {
    const { bytes } = this
    const valueAt = nameEnd + 1
    const nameLength = nameEnd - nameAt
    if (nameLength <= 0 || valueAt >= valueEnd) return false
    if (nameLength === 8 && isAt(bytes, nameAt, uniqKey)) {
      this.uniqKeyAt = valueAt
      this.uniqKeyLength = valueEnd - valueAt
      return true
    }
    if (nameLength === 4) {
      if (isAt(bytes, nameAt, wait)) {
        this.waitStored = valueEnd - valueAt !== 5 || !isAt(bytes, valueAt, falseText)
        return true
      }
      if (isAt(bytes, nameAt, tags)) {
        this.tagsCode = javaHashOf(bytes, valueAt, valueEnd)
        return true
      }
    }
    if (nameLength > longestName) return true
    for (const { name, asks } of special[nameLength]!)
      if (isAt(bytes, nameAt, name)) return asks !== undefined && this.#ask(asks, nameAt, valueAt, valueEnd)
    return true
  }

  /** False when that is not for the fast way. */
  #ask(asks: SendAsks, nameAt: number, valueAt: number, valueEnd: number): boolean {
    if (this.asks !== sendAsks.nothing) return false
    this.asks = asks
    this.#askedAt = nameAt
    this.#askedEnd = valueEnd + 1
    const { bytes } = this
    if (asks === sendAsks.transaction) return valueEnd - valueAt === trueText.length && isAt(bytes, valueAt, trueText)
    if (valueEnd - valueAt > maxDigits || (bytes[valueAt] === zero && valueEnd - valueAt > 1)) return false
    this.asked = 0
    for (let at = valueAt; at < valueEnd; at++) {
      const digit = bytes[at]! - zero
      if (digit < 0 || digit > 9) return false
      this.asked = this.asked * 10 + digit
    }
    return true
  }
}

/** The separator that stands at `at` as `\u0001` or `\u0002`; 0 when none does. */
function separatorAt(from: Buffer, at: number, end: number): number {
  if (at + 5 >= end || from[at + 1] !== lowerU || from[at + 2] !== zero || from[at + 3] !== zero) return 0
  if (from[at + 4] !== zero) return 0
  const code = from[at + 5]! - zero
  return code === nameEndCode || code === entryEndCode ? code : 0
}
