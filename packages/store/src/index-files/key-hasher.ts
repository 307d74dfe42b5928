import { propertyNames } from '@cometmq/protocol/message'
import { continueHash, keyHashOf } from '../format/index-file.ts'

/** Topics whose hash is kept; all are forgotten when there are more. */
const maxTopics = 10_000
const nameEnd = '\u0001'
const entryEnd = '\u0002'
const space = 0x20
const tagMark = 'T#'
const { UNIQ_KEY, KEYS, TAGS } = propertyNames

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

/** Where the value begins when the entry `[at, end)` is `name` with a value; 0 when it is not. */
function valueAt(properties: string, at: number, end: number, name: string): number {
  const valueFrom = at + name.length + 1
  if (valueFrom >= end || properties.charCodeAt(at) !== name.charCodeAt(0)) return 0
  return properties.startsWith(name, at) && properties[valueFrom - 1] === nameEnd ? valueFrom : 0
}
