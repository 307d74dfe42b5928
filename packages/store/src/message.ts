import type { Message } from '@cometmq/protocol/message'
import type { TailLease } from './log/tail-lease.ts'

/**
 * A message to be stored. `properties` are stored as they are. The body may be reused only after the promise of `put` has settled.
 * The queue offset, the position and the store time are given by the store.
 */
export interface MessageToStore extends Message {
  /** False (property WAIT): acknowledge before the flush even with SYNC_FLUSH. */
  waitStored: boolean
}

/** What differs between the messages of a batch. */
export interface BatchItemToStore {
  flag: number
  properties: string
  body: Buffer
}

/** `FLUSH_DISK_TIMEOUT`: stored, and not known to be flushed when the time was up. */
export type PutStatus = 'PUT_OK' | 'FLUSH_DISK_TIMEOUT'

export interface PutReceipt {
  status: PutStatus
  queueOffset: number
  physicalOffset: number
  storeTimestamp: number
  /** Bytes of the record. */
  size: number
}

export interface BatchReceipt {
  status: PutStatus
  /** Of the first message; the others follow without a gap. */
  queueOffset: number
  physicalOffsets: number[]
  storeTimestamp: number
}

/** RocketMQ's names for what became of a read. */
export type GetStatus =
  | 'FOUND'
  | 'NO_MATCHED_MESSAGE'
  | 'MESSAGE_WAS_REMOVING'
  | 'OFFSET_FOUND_NULL'
  | 'OFFSET_OVERFLOW_BADLY'
  | 'OFFSET_OVERFLOW_ONE'
  | 'OFFSET_TOO_SMALL'
  | 'NO_MATCHED_LOGIC_QUEUE'
  | 'NO_MESSAGE_IN_QUEUE'

export interface GetRequest {
  topic: string
  queueId: number
  /** Queue offset of the first message wanted. */
  offset: number
  maxMessages: number
  /** Absent: all messages. `bitmap`: the filter bits of the message's extended queue unit, where it has some. */
  matchesTag?: (tagsCode: number, bitmap: Buffer | undefined) => boolean
  /**
   * Gives at least so many bytes for copies of records, which the caller may use again when it is done with the result; a second call gives up what the
   * first one gave. Absent: new memory.
   */
  memory?: (bytes: number) => Buffer
  /** Ended when the caller is done with the records. Absent: they are good for ever. */
  lease?: TailLease
  /**
   * For the broker itself, which owes messages at a time: the limits that RocketMQ sets to the answer of a pull do not hold, but only `maxMessages` and a mebibyte, and it does
   * not take its turn among reads of old messages.
   */
  isOwed?: boolean
}

/** A key is looked for among KEYS and UNIQ_KEY, a unique key likewise; a tag is the whole of TAGS. */
export type KeyKind = 'key' | 'uniqueKey' | 'tag'

export interface QueryRequest {
  topic: string
  key: string
  kind: KeyKind
  maxMessages: number
  /** Store times between which to look, both included. */
  begin: number
  end: number
}

export interface QueryResult {
  /** Whole records: the newest that there are, in the order of the log. */
  records: Buffer[]
  /** False: the index is so long that it was not searched to the end, or the records took too much memory. */
  isComplete: boolean
  /** Store time and offset of the last message in the index; 0 when there is none. */
  indexLastUpdateTimestamp: number
  indexLastUpdateOffset: number
}

export interface GetResult {
  status: GetStatus
  /** Where the next read should begin. */
  nextBeginOffset: number
  minOffset: number
  /** The offset behind the last message. */
  maxOffset: number
  /** Whole records in the order of the queue. They are views of memory that nobody changes any more, and must not be changed. */
  records: Buffer[]
  /** Sum of the records' sizes. */
  bytes: number
  suggestPullingFromSlave: boolean
  /** From the last record to the end of the log, in bytes; 0 without records. */
  behindBytes: number
}
