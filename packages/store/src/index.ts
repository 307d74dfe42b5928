/** The message store: an Apache RocketMQ store directory, opened, written and read. */

export type { ArrivalListener } from './dispatch/dispatcher.ts'
export { StoreError, type StoreErrorCode } from './error.ts'
export type { OnRecord } from './index-files/log-walker.ts'
export type { RecordPlace } from './log/record-reader.ts'
export { TailLease } from './log/tail-lease.ts'
export type {
  BatchItemToStore,
  BatchReceipt,
  GetRequest,
  GetResult,
  GetStatus,
  KeyKind,
  MessageToStore,
  PutReceipt,
  PutStatus,
  QueryRequest,
  QueryResult,
} from './message.ts'
export { MessageStore, type QueueRange, type RetentionChange, type StoreState } from './message-store.ts'
export type { StoreWorld } from './open-store.ts'
export {
  defaultDelayLevels,
  type OptionAbout,
  type StoreOptions,
  type StoreSettings,
  storeOptions,
} from './options.ts'
export type { Boundary } from './read/time-search.ts'
export type { DiskReading, DiskState } from './retention/disk-space.ts'
export { describeUse, humanBytes, usedPercent } from './retention/disk-use.ts'
export type { PlainPutOptions } from './write/plain-writer.ts'
export { PutTicket } from './write/put-ticket.ts'
