import {
  propertyNames,
  propertyOf,
  type RecordLayout,
  readProperties,
  readStoreTimestamp,
  readTopic,
  recordLayout,
} from '@cometmq/protocol/message'
import { keyTextHash } from '../format/index-file.ts'
import type { KeyIndex } from '../index-files/key-index.ts'
import type { QueryRequest, QueryResult } from '../message.ts'
import type { StoreSettings } from '../options.ts'

/** Entries of the index that one query looks at: a tag that millions of messages have makes a chain as long. */
const maxEntries = 200_000
/** Records of one answer. */
const maxResultBytes = 32 * 1024 * 1024

/** Finds messages through the key index. An entry is only a hash: what is answered was read, and has the key. */
export class MessageQuery {
  readonly #index: KeyIndex
  readonly #recordAt: (physicalOffset: number) => Promise<Buffer | undefined>
  readonly #settings: Pick<StoreSettings, 'maxMsgsNumBatch' | 'indexFileReadEnable'>

  constructor(
    index: KeyIndex,
    recordAt: (physicalOffset: number) => Promise<Buffer | undefined>,
    settings: Pick<StoreSettings, 'maxMsgsNumBatch' | 'indexFileReadEnable'>,
  ) {
    this.#index = index
    this.#recordAt = recordAt
    this.#settings = settings
  }

  async run(request: QueryRequest): Promise<QueryResult> {
    const { maxMsgsNumBatch, indexFileReadEnable } = this.#settings
    const limit = Math.min(request.maxMessages, maxMsgsNumBatch)
    const found = new Map<number, Buffer>()
    const budget = { left: maxEntries }
    let bytes = 0
    if (indexFileReadEnable && limit > 0) {
      const keyHash = keyTextHash(request.topic, request.key, request.kind === 'tag')
      for await (const { physicalOffset } of this.#index.find(keyHash, request.begin, request.end, budget)) {
        // A message whose key was noted twice, by two of its properties or after a crash.
        if (found.has(physicalOffset)) continue
        const record = await this.#recordAt(physicalOffset)
        if (record === undefined || !isWanted(record, request)) continue
        found.set(physicalOffset, record)
        bytes += record.length
        if (found.size >= limit || bytes >= maxResultBytes) break
      }
    }
    return {
      records: [...found].sort(([a], [b]) => a - b).map(([, record]) => record),
      isComplete: budget.left > 0 && (bytes < maxResultBytes || found.size >= limit),
      indexLastUpdateTimestamp: this.#index.endTimestamp,
      indexLastUpdateOffset: this.#index.endPhysicalOffset,
    }
  }
}

function isWanted(record: Buffer, { topic, key, kind, begin }: QueryRequest): boolean {
  const layout = recordLayout(record, 0, record.length)
  if (typeof layout === 'string' || readTopic(record, layout) !== topic) return false
  // Entries are exact to the second: those of the second before `begin` were looked at too.
  if (readStoreTimestamp(record, 0) < begin) return false
  return hasKey(record, layout, key, kind)
}

function hasKey(record: Buffer, layout: RecordLayout, key: string, kind: QueryRequest['kind']): boolean {
  const properties = readProperties(record, 0, layout)
  if (kind === 'tag') return propertyOf(properties, propertyNames.TAGS) === key
  if (propertyOf(properties, propertyNames.UNIQ_KEY) === key) return true
  return propertyOf(properties, propertyNames.KEYS)?.split(' ').includes(key) ?? false
}
