import { propertyNames } from '@cometmq/protocol/message'
import { continueHash, keyHashOf } from '../format/index-file.ts'

/** Topics whose hash is kept; all are forgotten when there are more. */
const maxTopics = 10_000
const nameEnd = '\u0001'
const entryEnd = '\u0002'
const space = 0x20
const tagMark = 'T#'
const { UNIQ_KEY, KEYS, TAGS } = propertyNames
const entryEndByte = 2
const [uniqueBytes, keysBytes, tagsBytes] = [UNIQ_KEY, KEYS, TAGS].map((name) => Buffer.from(name + nameEnd)) as [
  Buffer,
  Buffer,
  Buffer,
]

/**
 * The hashes under which a message stands in the index, in RocketMQ's order: its UNIQ_KEY, each piece of its KEYS, its TAGS as a whole. Made from the
 * encoded properties without taking them apart, as this runs for every message.
 */
export class KeyHasher {
  /** The hashes of the message that was last looked at; `count` of them. */
  hashes = new Int32Array(16)
  count = 0
  readonly #topicHashes = new Map<string, number>()
  #lastTopic = ''
  #lastTopicHash = 0

  /** Fills `hashes` and answers how many there are. */
  hash(topic: string, properties: string): number {
    this.count = 0
    let uniqueFrom = 0
    let uniqueTo = 0
    let keysFrom = 0
    let keysTo = 0
    let tagsFrom = 0
    let tagsTo = 0
    for (let at = 0; at < properties.length; ) {
      let end = properties.indexOf(entryEnd, at)
      if (end < 0) end = properties.length
      // Of two with one name the later counts, if it has a value.
      const uniqueValue = valueAt(properties, at, end, UNIQ_KEY)
      if (uniqueValue > 0) {
        uniqueFrom = uniqueValue
        uniqueTo = end
      } else {
        const keysValue = valueAt(properties, at, end, KEYS)
        if (keysValue > 0) {
          keysFrom = keysValue
          keysTo = end
        } else {
          const tagsValue = valueAt(properties, at, end, TAGS)
          if (tagsValue > 0) {
            tagsFrom = tagsValue
            tagsTo = end
          }
        }
      }
      at = end + 1
    }
    if (uniqueTo + keysTo + tagsTo === 0) return 0
    const topicHash = this.#topicHash(topic)
    if (uniqueTo > 0) this.#add(continueHash(topicHash, properties, uniqueFrom, uniqueTo))
    if (keysTo > 0) this.#addPieces(topicHash, properties, keysFrom, keysTo)
    if (tagsTo > 0) this.#add(continueHash(continueHash(topicHash, tagMark, 0, 2), properties, tagsFrom, tagsTo))
    return this.count
  }

  /** `hash` for properties that are the first `length` of `bytes`. */
  hashBytes(topic: string, bytes: Buffer, length: number): number {
    this.count = 0
    let uniqueFrom = 0
    let uniqueTo = 0
    let keysFrom = 0
    let keysTo = 0
    let tagsFrom = 0
    let tagsTo = 0
    // All bits that any byte has: with the highest one, the text is not ASCII, and its hash not that of its bytes.
    let bits = 0
    for (let at = 0; at < length; ) {
      let end = at
      for (; end < length; end++) {
        const byte = bytes[end]!
        if (byte === entryEndByte) break
        bits |= byte
      }
      const first = bytes[at]!
      if (first === uniqueBytes[0] && isNamed(bytes, at, end, uniqueBytes)) {
        uniqueFrom = at + uniqueBytes.length
        uniqueTo = end
      } else if (first === keysBytes[0] && isNamed(bytes, at, end, keysBytes)) {
        keysFrom = at + keysBytes.length
        keysTo = end
      } else if (first === tagsBytes[0] && isNamed(bytes, at, end, tagsBytes)) {
        tagsFrom = at + tagsBytes.length
        tagsTo = end
      }
      at = end + 1
    }
    if (bits >= 0x80) return this.hash(topic, bytes.toString('utf8', 0, length))
    if (uniqueTo + keysTo + tagsTo === 0) return 0
    const topicHash = this.#topicHash(topic)
    if (uniqueTo > 0) this.#add(continueHashOfBytes(topicHash, bytes, uniqueFrom, uniqueTo))
    if (keysTo > 0) this.#addPieces(topicHash, bytes.toString('latin1', keysFrom, keysTo), 0, keysTo - keysFrom)
    if (tagsTo > 0) this.#add(continueHashOfBytes(continueHash(topicHash, tagMark, 0, 2), bytes, tagsFrom, tagsTo))
    return this.count
  }

  #addPieces(topicHash: number, properties: string, from: number, to: number): void {
    let hash = topicHash
    let isEmpty = true
    for (let at = from; at <= to; at++) {
      const code = at === to ? space : properties.charCodeAt(at)
      if (code !== space) {
        hash = (Math.imul(31, hash) + code) | 0
        isEmpty = false
        continue
      }
      if (!isEmpty) this.#add(hash)
      hash = topicHash
      isEmpty = true
    }
  }

  #add(hash: number): void {
    if (this.count === this.hashes.length) {
      const more = new Int32Array(this.count * 2)
      more.set(this.hashes)
      this.hashes = more
    }
    this.hashes[this.count++] = keyHashOf(hash)
  }

  /** Of `topic#`. */
  #topicHash(topic: string): number {
    if (topic === this.#lastTopic) return this.#lastTopicHash
    let hash = this.#topicHashes.get(topic)
    if (hash === undefined) {
      hash = continueHash(continueHash(0, topic, 0, topic.length), '#', 0, 1)
      if (this.#topicHashes.size >= maxTopics) this.#topicHashes.clear()
      this.#topicHashes.set(topic, hash)
    }
    this.#lastTopic = topic
    this.#lastTopicHash = hash
    return hash
  }
}

/** Whether the entry `[at, end)` has this name and a value. `name` has the sign behind it. */
function isNamed(bytes: Buffer, at: number, end: number, name: Buffer): boolean {
  if (at + name.length >= end) return false
  for (let i = 1; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

/** `continueHash` over ASCII; four bytes at a time, because each step waits for the one before it. */
function continueHashOfBytes(hash: number, bytes: Buffer, from: number, to: number): number {
  let at = from
  for (; at + 4 <= to; at += 4) {
    const four =
      Math.imul(29_791, bytes[at]!) + Math.imul(961, bytes[at + 1]!) + Math.imul(31, bytes[at + 2]!) + bytes[at + 3]!
    hash = (Math.imul(923_521, hash) + four) | 0
  }
  for (; at < to; at++) hash = (Math.imul(31, hash) + bytes[at]!) | 0
  return hash
}

/** Where the value begins when the entry `[at, end)` is `name` with a value; 0 when it is not. */
function valueAt(properties: string, at: number, end: number, name: string): number {
  const valueFrom = at + name.length + 1
  if (valueFrom >= end || properties.charCodeAt(at) !== name.charCodeAt(0)) return 0
  return properties.startsWith(name, at) && properties[valueFrom - 1] === nameEnd ? valueFrom : 0
}
