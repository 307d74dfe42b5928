import { readInt32, readInt64 } from '../message/int64.ts'
import type { PlainMessage } from '../message/plain-record.ts'
import { propertyNames } from '../message/property-names.ts'
import {
  bornHostAt,
  bornTimestampAt,
  flagAt,
  ipv4HostBytes,
  physicalOffsetAt,
  recordLayout,
  sysFlagAt,
} from '../message/record.ts'
import { systemTopics } from '../message/topic-names.ts'
import { decimalBytes, writeDecimal } from '../plain/decimal.ts'
import { type InternedText, InternedTexts } from '../plain/interned-texts.ts'
import { isAt, javaHashOf } from '../plain/plain-text.ts'

/** Properties of a message, and what is added to them, find room here; longer ones are copied the usual way. */
const capacity = 8 * 1024
const nameEndCode = 1
const entryEndCode = 2
const zero = 0x30
/** So that a number of a queue stays small. */
const maxQueueDigits = 9

const { REAL_TOPIC, REAL_QID, TAGS, PGROUP } = propertyNames
const [realTopic, realQueue, tags, group] = [REAL_TOPIC, REAL_QID, TAGS, PGROUP].map((name) => Buffer.from(name)) as [
  Buffer,
  Buffer,
  Buffer,
  Buffer,
]
/** A message with such a property goes to further queues. */
const inner = Buffer.from('INNER_')
/** Topics in which a message would wait once more. */
const waitingTopics: ReadonlySet<string> = new Set([
  systemTopics.SCHEDULE,
  systemTopics.TIMER_WHEEL,
  systemTopics.TRANS_HALF,
])

/** What of a message that waited is not in the message that it becomes. */
export interface CopyRules {
  /** Names of properties that are left out. */
  readonly without: readonly string[]
  /** Names of properties that ask for more than to be copied: a record with one of them is not taken. */
  readonly notWith: readonly string[]
}

/**
 * Makes of a record that has waited (for its time, or for a producer's decision) the message that consumers see: its bytes are copied, and nothing is made of them but a view of
 * the body. Only what is plain is taken: properties that are printable ASCII and whole entries, and one place, a queue of an ordinary topic, that it belongs to. What is not is left
 * to `decodeRecord` and `withProperties`, which make the same message of what is taken here (a property test holds them together).
 */
export class RecordCopy {
  /** Filled in anew by every `read` that answers true; its parts may be changed. */
  readonly message: PlainMessage
  /** The Java hash of the tag, 0 for none. */
  tagsCode = 0
  /** Where the record was. */
  physicalOffset = 0
  readonly #without: readonly Buffer[]
  readonly #notWith: readonly Buffer[]
  readonly #topics = new InternedTexts()
  readonly #host: Buffer = Buffer.alloc(ipv4HostBytes)
  readonly #properties: Buffer = Buffer.alloc(capacity)
  #record: Buffer = noBytes
  #topic: InternedText | undefined
  #queueId = -1
  #groupAt = 0
  #groupEnd = 0
  #topicAt = 0
  #topicEnd = 0

  constructor({ without, notWith }: CopyRules) {
    this.#without = without.map((name) => Buffer.from(name))
    this.#notWith = notWith.map((name) => Buffer.from(name))
    this.message = {
      topic: '',
      topicBytes: noBytes,
      queueId: 0,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: 0,
      bornHost: this.#host,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      body: noBytes,
      properties: this.#properties,
      propertiesLength: 0,
    }
  }

  /** False when the record is not plain. */
  read(record: Buffer): boolean {
    const layout = recordLayout(record, 0, record.length)
    if (typeof layout === 'string' || !this.#readProperties(record, layout.propertiesAt, layout.size)) return false
    const topic = this.#topic
    if (topic === undefined || this.#queueId < 0 || waitingTopics.has(topic.text)) return false
    const { message } = this
    const { bornHostBytes, storeHostBytes, bodyAt, bodyBytes } = layout
    message.topic = topic.text
    message.topicBytes = topic.bytes
    message.queueId = this.#queueId
    message.flag = readInt32(record, flagAt)
    message.sysFlag = readInt32(record, sysFlagAt)
    message.bornTimestamp = readInt64(record, bornTimestampAt)
    message.bornHost = this.#hostOf(record, bornHostBytes)
    const reconsumeTimesAt = bornHostAt + bornHostBytes + 8 + storeHostBytes
    message.reconsumeTimes = readInt32(record, reconsumeTimesAt)
    message.preparedTransactionOffset = readInt64(record, reconsumeTimesAt + 4)
    message.body = record.subarray(bodyAt, bodyAt + bodyBytes)
    this.physicalOffset = readInt64(record, physicalOffsetAt)
    this.#record = record
    this.#topicAt = layout.topicAt
    this.#topicEnd = layout.propertiesAt - 2
    return true
  }

  /** Whether the record is one of this topic. */
  isIn(topic: Buffer): boolean {
    return topic.length === this.#topicEnd - this.#topicAt && isAt(this.#record, this.#topicAt, topic)
  }

  /** Whether the record says that its producer is of this group. */
  isOfGroup(name: Buffer, length: number): boolean {
    if (length !== this.#groupEnd - this.#groupAt) return false
    for (let i = 0; i < length; i++) if (this.#record[this.#groupAt + i] !== name[i]) return false
    return true
  }

  /** Puts a number behind the properties; `name` with what stands between it and its value. There is room for some. */
  appendNumber(name: Buffer, value: number): void {
    const { message } = this
    const into = this.#properties
    let at = message.propertiesLength
    for (let i = 0; i < name.length; i++) into[at++] = name[i]!
    at = writeDecimal(into, at, value)
    into[at++] = entryEndCode
    message.propertiesLength = at
  }

  #hostOf(record: Buffer, bytes: number): Buffer {
    if (bytes !== ipv4HostBytes) return record.subarray(bornHostAt, bornHostAt + bytes)
    const host = this.#host
    for (let i = 0; i < ipv4HostBytes; i++) host[i] = record[bornHostAt + i]!
    return host
  }

  #readProperties(record: Buffer, start: number, end: number): boolean {
    if (end - start > capacity - maxAppendedBytes) return false
    const into = this.#properties
    this.#topic = undefined
    this.#queueId = -1
    this.#groupAt = this.#groupEnd = 0
    this.tagsCode = 0
    let length = 0
    for (let at = start; at < end; ) {
      const entryAt = at
      let nameEnd = -1
      for (; at < end; at++) {
        const byte = record[at]!
        if (byte >= 0x20 && byte <= 0x7e) continue
        if (byte === entryEndCode) break
        if (byte !== nameEndCode) return false
        if (nameEnd < 0) nameEnd = at
      }
      if (at === end || nameEnd <= entryAt || nameEnd + 1 === at) return false
      const nameLength = nameEnd - entryAt
      if (this.#isOneOf(this.#notWith, record, entryAt, nameLength)) return false
      if (!this.#note(record, entryAt, nameEnd, at)) return false
      at++
      if (this.#isOneOf(this.#without, record, entryAt, nameLength)) continue
      for (let from = entryAt; from < at; from++) into[length++] = record[from]!
    }
    this.message.propertiesLength = length
    return true
  }

  #isOneOf(names: readonly Buffer[], record: Buffer, at: number, length: number): boolean {
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!
      if (name.length === length && isAt(record, at, name)) return true
    }
    return false
  }

  /** Takes note of an entry that says something. False when it says that the message is not plain. */
  #note(record: Buffer, nameAt: number, nameEnd: number, valueEnd: number): boolean {
    const length = nameEnd - nameAt
    if (length === tags.length) {
      if (isAt(record, nameAt, tags)) this.tagsCode = javaHashOf(record, nameEnd + 1, valueEnd)
    } else if (length === group.length) {
      if (isAt(record, nameAt, group)) {
        this.#groupAt = nameEnd + 1
        this.#groupEnd = valueEnd
      }
    } else if (length === realQueue.length && isAt(record, nameAt, realQueue)) {
      if (this.#queueId >= 0) return false
      this.#queueId = queueAt(record, nameEnd + 1, valueEnd)
      return this.#queueId >= 0
    } else if (length === realTopic.length && isAt(record, nameAt, realTopic)) {
      if (this.#topic !== undefined) return false
      this.#topic = this.#topics.of(record, nameEnd + 1, valueEnd)
    } else if (length > inner.length && isAt(record, nameAt, inner)) return false
    return true
  }
}

const noBytes: Buffer = Buffer.alloc(0)
/** Room for what is appended. */
const maxAppendedBytes = 2 * (32 + decimalBytes)

/** A number of a queue without needless zeros; −1 when there is none. */
function queueAt(bytes: Buffer, start: number, end: number): number {
  if (end - start > maxQueueDigits || (bytes[start] === zero && end - start > 1)) return -1
  let value = 0
  for (let at = start; at < end; at++) {
    const digit = bytes[at]! - zero
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
