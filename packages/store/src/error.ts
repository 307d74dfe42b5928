import { CometError, messageOf } from '@cometmq/platform'

export type StoreErrorCode =
  /** The message breaks a rule: size, topic, empty batch. */
  | 'STORE_MESSAGE_ILLEGAL'
  | 'STORE_PROPERTIES_TOO_LONG'
  /** More light queues (LMQ) than maxLmqConsumeQueueNum. */
  | 'STORE_LIGHT_QUEUES_EXCEEDED'
  /** Closing, closed, or failed. */
  | 'STORE_NOT_AVAILABLE'
  /** The disk is full, or too full to take more. It ends by itself when there is room. */
  | 'STORE_DISK_FULL'
  /** Too much waits to be written. */
  | 'STORE_BUSY'
  /** Another process has the directory. */
  | 'STORE_LOCKED'
  /** A file contradicts what must be true, and going on would lose messages. */
  | 'STORE_CORRUPT'
  /** The directory does not fit the options, or cannot be used. */
  | 'STORE_OPEN_FAILED'
  /** A write or a sync failed; nothing is acknowledged any more. */
  | 'STORE_WRITE_FAILED'
  | 'STORE_READ_FAILED'
  /** The key index could not be written; messages are stored, and not found by key. */
  | 'STORE_INDEX_FAILED'

export class StoreError extends CometError {
  declare readonly code: StoreErrorCode

  constructor(code: StoreErrorCode, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(code, message, options)
  }
}

export const illegalMessage = (why: string): StoreError => new StoreError('STORE_MESSAGE_ILLEGAL', why)

export function notAvailable(why: string, cause?: unknown): StoreError {
  return new StoreError('STORE_NOT_AVAILABLE', why, { cause, retriable: true })
}

/** Why the store refuses everything after `failure`. */
export function refusalAfter(failure: StoreError): StoreError {
  return notAvailable(
    `the store stopped accepting messages: ${failure.message}; mend the disk and restart the broker`,
    failure,
  )
}

export function writeFailed(what: string, cause: unknown): StoreError {
  return new StoreError('STORE_WRITE_FAILED', `${what} failed: ${messageOf(cause)}`, { cause })
}

export function readFailed(what: string, cause: unknown): StoreError {
  return new StoreError('STORE_READ_FAILED', `${what} failed: ${messageOf(cause)}`, { cause, retriable: true })
}
