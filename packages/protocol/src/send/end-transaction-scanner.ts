import { flagResponse } from '../frame/header.ts'
import { PlainHeader } from '../plain/plain-header.ts'
import { behindText, isText } from '../plain/plain-text.ts'

const endTransactionCode = 37
/** A longer name of a group is left to the usual way. */
const maxGroupBytes = 255
const quote = 0x22

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
export class EndTransactionScanner extends PlainHeader {
  readonly group: Buffer = Buffer.alloc(maxGroupBytes)
  groupLength = 0
  tranStateTableOffset = 0
  commitLogOffset = 0
  commitOrRollback = 0
  fromTransactionCheck = false
  /** Bits of the fields that were there. */
  #seen = 0

  constructor() {
    super(endTransactionCode)
  }

  /** False when the frame `[start, end)` is no plain END_TRANSACTION, which has no body. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.#seen = 0
    this.fromTransactionCheck = false
    if (this.readHeader(bytes, start, end) !== end) return false
    return (this.#seen & required) === required && (this.frameFlag & flagResponse) === 0
  }

  protected readField(bytes: Buffer, nameAt: number, nameEnd: number, valueAt: number, end: number): number {
    const length = nameEnd - nameAt
    if (length === producerGroup.length && isText(bytes, nameAt, end, producerGroup))
      return this.#group(bytes, valueAt, end)
    if (length === tranStateTableOffset.length && isText(bytes, nameAt, end, tranStateTableOffset)) {
      const behind = this.#number(bits.tableOffset, bytes, valueAt, end)
      this.tranStateTableOffset = this.value
      return behind
    }
    if (length === commitLogOffset.length && isText(bytes, nameAt, end, commitLogOffset)) {
      const behind = this.#number(bits.logOffset, bytes, valueAt, end)
      this.commitLogOffset = this.value
      return behind
    }
    if (length === commitOrRollback.length && isText(bytes, nameAt, end, commitOrRollback)) {
      const behind = this.#number(bits.decision, bytes, valueAt, end)
      this.commitOrRollback = this.value
      return this.value > 0x7fff_ffff ? -1 : behind
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
    const behind = this.integer(bytes, at, end)
    return this.#isNew(bit) && behind >= 0 && bytes[behind] === quote ? behind + 1 : -1
  }
}
