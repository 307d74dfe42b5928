import { type InternedText, InternedTexts } from '../plain/interned-texts.ts'
import { PlainHeader } from '../plain/plain-header.ts'
import { behindText, isText } from '../plain/plain-text.ts'

/**
 * Reads a plain acknowledgement from its frame without making anything: ACK_MESSAGE as clients write it, that wants an answer, with the handle of a popped message (POP_CK) in
 * all its eight parts. Its code does not fit a binary header, so its header is JSON. Anything else is left to `decodeFrame` and the declaration of the command, which say the
 * same of what is taken here (a property test holds them together). The fields are those of the last scan that answered true.
 */
export class AckScanner extends PlainHeader {
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

  constructor() {
    super(ackCode)
  }

  /** False when the frame `[start, end)` is no plain acknowledgement. */
  scan(bytes: Buffer, start: number, end: number): boolean {
    this.#seen = 0
    // With another flag it is oneway, or an answer.
    return this.readHeader(bytes, start, end) >= 0 && this.#seen === required && this.frameFlag === 0
  }

  protected readField(bytes: Buffer, nameAt: number, nameEnd: number, valueAt: number, end: number): number {
    const field = fieldOf(bytes, nameAt, nameEnd)
    if (field >= 0) this.#seen |= 1 << field
    if (field === queueIdField || field === offsetField) {
      const behind = this.integer(bytes, valueAt, end)
      if (behind < 0 || bytes[behind] !== quote) return -1
      if (field === offsetField) this.offset = this.value
      else if (isInt32(this.value)) this.queueId = this.value
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
    this.startOffset = this.value
    at = this.#word(bytes, at, end)
    this.popTime = this.value
    at = this.#word(bytes, at, end)
    at = this.#word(bytes, at, end)
    this.reviveQueueId = this.value
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
    at = this.integer(bytes, at, end)
    return at < 0 || bytes[at] !== quote ? -1 : at + 1
  }

  /** A number and the space behind it. */
  #word(bytes: Buffer, at: number, end: number): number {
    if (at < 0) return -1
    const behind = this.integer(bytes, at, end)
    return behind < 0 || bytes[behind] !== space ? -1 : behind + 1
  }
}

const noText: InternedText = { bytes: Buffer.alloc(0), text: '' }

const quote = 0x22
const space = 0x20
const zero = 0x30
const highestRetryFlag = 2

const ackCode = 200_051

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
