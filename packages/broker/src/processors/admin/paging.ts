import { isDeepStrictEqual } from 'node:util'
import { ProtocolError } from '@cometmq/protocol'
import { type DataVersion, dataVersion } from '@cometmq/protocol/bodies'
import { brokerLimits } from '../../limits.ts'

/** What a caller says of the page that it wants; nothing at all for the whole table. */
export interface PageRequest {
  seq: number | undefined
  /** The version of the page before, as JSON. */
  dataVersion: string | undefined
  max: number | undefined
}

/**
 * One page of a table by name, or all of it. A caller whose last page was of another version begins at the first one again.
 * Source: AdminBrokerProcessor of Apache RocketMQ 5.5.0.
 */
export function pageOf<T>(
  entries: Iterable<T>,
  nameOf: (entry: T) => string,
  request: PageRequest,
  version: DataVersion,
): { table: Record<string, T>; total: number } {
  const named = Array.from(entries, (entry): [string, T] => [nameOf(entry), entry])
  const { seq = 0, max } = request
  const isPaged = request.seq !== undefined || request.dataVersion !== undefined || max !== undefined
  if (!isPaged) return { table: Object.fromEntries(named), total: named.length }
  named.sort(([a], [b]) => (a < b ? -1 : 1))
  const start = seq > 0 && isSameVersion(request.dataVersion, version) ? seq : 0
  const size = Math.min(brokerLimits.pageOfNames, max === undefined || max <= 0 ? brokerLimits.pageOfNames : max)
  return { table: Object.fromEntries(named.slice(start, start + size)), total: named.length }
}

function isSameVersion(text: string | undefined, version: DataVersion): boolean {
  if (text === undefined || text.trim() === '') return false
  try {
    return isDeepStrictEqual(dataVersion.decode(Buffer.from(text)), version)
  } catch (error) {
    // What cannot be read is no version of ours.
    if (error instanceof ProtocolError) return false
    throw error
  }
}
