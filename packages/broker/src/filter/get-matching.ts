import { propertyOf, readProperties, readQueueOffset, recordLayout } from '@cometmq/protocol/message'
import type { GetRequest, GetResult, MessageStore } from '@cometmq/store'
import type { SqlFilter } from './sql92/compile.ts'

/** How many messages one request looks at, as RocketMQ does by `maxFilterMessageSize`. */
const maxLookedAt = 800
/** No more is looked for once so much was found. */
const enoughBytes = 256 * 1024

/** Reads messages of a queue whose properties match; those that do not are passed by, and count as read. */
export async function getMatching(store: MessageStore, request: GetRequest, matches: SqlFilter): Promise<GetResult> {
  const records: Buffer[] = []
  const end = request.offset + Math.max(maxLookedAt, request.maxMessages)
  let offset = request.offset
  let bytes = 0
  for (;;) {
    const result = await store.get({ ...request, offset })
    let next = result.nextBeginOffset
    for (const record of result.records) {
      if (!matches(propertiesOf(record))) continue
      if (records.length === request.maxMessages) {
        next = readQueueOffset(record, 0)
        break
      }
      records.push(record)
      bytes += record.length
    }
    const isPassedBy = offset > request.offset || result.records.length > 0
    if (isAtEnd(result) && !isPassedBy) return result
    const isFull = records.length >= request.maxMessages || bytes >= enoughBytes
    if (isFull || isAtEnd(result) || next <= offset || next >= Math.min(end, result.maxOffset)) {
      const status = records.length > 0 ? 'FOUND' : 'NO_MATCHED_MESSAGE'
      return { ...result, status, nextBeginOffset: isAtEnd(result) ? offset : next, records, bytes }
    }
    offset = next
  }
}

/** Nothing was read, and reading on would not change that. */
const isAtEnd = ({ status }: GetResult): boolean =>
  status !== 'FOUND' && status !== 'NO_MATCHED_MESSAGE' && status !== 'MESSAGE_WAS_REMOVING'

function propertiesOf(record: Buffer): (name: string) => string | undefined {
  const layout = recordLayout(record, 0, record.length)
  // The store answers whole records only.
  const text = typeof layout === 'string' ? '' : readProperties(record, 0, layout)
  return (name) => propertyOf(text, name)
}
