import { deflateSync, inflateSync } from 'node:zlib'
import * as v from 'valibot'
import { ProtocolError } from '../error.ts'
import { type DataVersion, dataVersion } from './data-version.ts'
import { json } from './json.ts'
import { maxCompressedTopics, maxInflatedBytes, maxTopicTextBytes } from './limits.ts'
import type { BrokerRegistration } from './register-broker.ts'
import { text } from './shapes.ts'
import { decodeTopicText, encodeTopicText, type TopicConfig } from './topic-config.ts'
import { type TopicQueueMappingInfo, topicQueueMappingInfoShape } from './topic-queue-mapping.ts'

/** V5_0_0: from here on the mappings of static topics follow. */
const mappingsSince = 413

const filterServers = json<string[]>('filter servers', v.array(text))
const mappingInfo = json<TopicQueueMappingInfo>('TopicQueueMappingInfo', topicQueueMappingInfoShape)

/**
 * The compressed form of a registration is a zlib stream of, all integers int32 and big-endian:
 *
 * | content |
 * |---|
 * | length, data version as JSON |
 * | number of topics; for each: length, `name readQueues writeQueues perm filterType attributes` |
 * | length, filter servers as a JSON array |
 * | from version 413 on: number of mappings; for each: length, TopicQueueMappingInfo as JSON |
 */
export function decodeCompressedRegistration(bytes: Buffer, version: number): BrokerRegistration {
  const reader = new PartReader(inflate(bytes))
  const decodedVersion = dataVersion.decode(reader.part('the data version'))
  const topics = new Map<string, TopicConfig>()
  for (let left = reader.count('topics'); left > 0; left--) {
    const topic = decodeTopicText(reader.part('a topic', maxTopicTextBytes).toString('utf8'))
    topics.set(topic.topicName, topic)
  }
  const servers = filterServers.decode(reader.part('the filter servers'))
  const mappings: TopicQueueMappingInfo[] = []
  if (version >= mappingsSince) {
    for (let left = reader.count('mappings'); left > 0; left--)
      mappings.push(mappingInfo.decode(reader.part('a mapping')))
  }
  return { topics, mappings, dataVersion: decodedVersion, filterServers: servers }
}

function inflate(bytes: Buffer): Buffer {
  try {
    return inflateSync(bytes, { maxOutputLength: maxInflatedBytes })
  } catch (cause) {
    throw new ProtocolError(
      `the compressed registration cannot be inflated, or holds more than ${maxInflatedBytes} bytes`,
      cause,
    )
  }
}

class PartReader {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  count(what: string): number {
    const count = this.#int32(what)
    if (count < 0 || count > maxCompressedTopics)
      throw new ProtocolError(
        `the compressed registration announces ${count} ${what}; the limit is ${maxCompressedTopics}`,
      )
    return count
  }

  part(what: string, maxBytes = maxInflatedBytes): Buffer {
    const length = this.#int32(what)
    if (length < 0 || length > Math.min(maxBytes, this.#bytes.length - this.#at))
      throw new ProtocolError(`the compressed registration gives ${what} a length of ${length}`)
    this.#at += length
    return this.#bytes.subarray(this.#at - length, this.#at)
  }

  #int32(what: string): number {
    if (this.#bytes.length - this.#at < 4) throw new ProtocolError(`the compressed registration ends before ${what}`)
    this.#at += 4
    return this.#bytes.readInt32BE(this.#at - 4)
  }
}

export interface CompressibleRegistration {
  topics: Iterable<TopicConfig>
  mappings: readonly TopicQueueMappingInfo[]
  dataVersion: DataVersion
  filterServers: readonly string[]
}

/** Brokers of Apache never send this form on their own account; it is here for tools and tests. */
export function encodeCompressedRegistration(registration: CompressibleRegistration): Buffer {
  const topics = Array.from(registration.topics, (topic) => Buffer.from(encodeTopicText(topic)))
  const mappings = registration.mappings.map((mapping) => mappingInfo.encode(mapping))
  const parts = [
    part(dataVersion.encode(registration.dataVersion)),
    int32(topics.length),
    ...topics.map(part),
    part(filterServers.encode([...registration.filterServers])),
    int32(mappings.length),
    ...mappings.map(part),
  ]
  return deflateSync(Buffer.concat(parts), { level: 9 })
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

const part = (bytes: Buffer) => Buffer.concat([int32(bytes.length), bytes])
