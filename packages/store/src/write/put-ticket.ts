import type { Answer } from '../dispatch/dispatcher.ts'
import type { FlushWaiter } from '../log/log-flusher.ts'
import type { PutStatus } from '../message.ts'

/**
 * Stands for one plain message from its append to its acknowledgement. Once it was settled or has failed, it may be used for another one, so that
 * a message in flight costs no object of its own.
 */
export abstract class PutTicket implements FlushWaiter {
  /** Filled in by the append, as is `physicalOffset`. */
  queueOffset = 0
  physicalOffset = 0
  /** For the flusher: behind what must be flushed, and until when. */
  end = 0
  deadlineMs = 0
  /** The store's, made when the ticket is first used: who is told once the record is written, or never will be. */
  answer: Answer | undefined

  /** What was promised for the message holds. */
  abstract settle(status: PutStatus): void
  /** The message is not acknowledged, though it may have been stored. */
  abstract fail(error: Error): void
}
