import { readInt32, readInt64 } from './int64.ts'
import { sysFlag } from './sys-flag.ts'

/**
 * Single fields of the record at `at`, read in place; see `record.ts` for the layout. The caller knows that a whole record is there, or, for
 * the fields before the hosts, at least its first 48 bytes.
 */
export const readTotalSize = (bytes: Buffer, at: number): number => readInt32(bytes, at)
export const readMagic = (bytes: Buffer, at: number): number => readInt32(bytes, at + 4)
export const readBodyCrc = (bytes: Buffer, at: number): number => readInt32(bytes, at + 8)
export const readQueueId = (bytes: Buffer, at: number): number => readInt32(bytes, at + 12)
export const readQueueOffset = (bytes: Buffer, at: number): number => readInt64(bytes, at + 20)
export const readPhysicalOffset = (bytes: Buffer, at: number): number => readInt64(bytes, at + 28)
export const readSysFlag = (bytes: Buffer, at: number): number => readInt32(bytes, at + 36)
export const readBornTimestamp = (bytes: Buffer, at: number): number => readInt64(bytes, at + 40)
export const readStoreTimestamp = (bytes: Buffer, at: number): number =>
  readInt64(bytes, at + storeTimestampOffset(bytes, at))

/** Bytes from the start of a record to its store timestamp. */
export function storeTimestampOffset(bytes: Buffer, at: number): number {
  return (readSysFlag(bytes, at) & sysFlag.BORN_HOST_V6) === 0 ? 56 : 68
}

/** Bytes of a record from its start that hold its store timestamp, whatever its hosts are. */
export const recordHeadBytes = 76
