import type { FrameCutter } from './connection.ts'

/**
 * What a frame that came in was: an answer to the send whose opaque it carries (well, refused for now, or refused), a
 * question for a sign of life, the answer to the first half of a send whose second half then follows, or something to pass
 * over.
 */
export type Reply = 'acknowledged' | 'busy' | 'refused' | 'ping' | 'half' | 'other'

/** How sends are written and their answers read in one protocol. Used for one job, on all its connections. */
export interface SendDialect {
  readonly cut: FrameCutter
  /** The longest frame that `encode` writes. */
  readonly frameBytes: number
  /** Sees to it that the topic can be sent to. */
  prepare(): Promise<void>
  /** What a connection says first, if anything. */
  greeting(lane: number): Buffer | undefined
  /** Writes one send and returns its length. `index` counts sends. */
  encode(outbox: Buffer, at: number, send: SendMarks): number
  /** Reads a frame; `opaque` is then that of the send it answers. */
  read(bytes: Buffer, at: number, end: number, lane: number): Reply
  readonly opaque: number
  /** Whether the frame just read answered one more send in the same way; `opaque` is then that of the other. */
  another?(lane: number): boolean
  /** What sends of one write have in common is written once, behind the last of them; returns where the whole ends. */
  seal?(outbox: Buffer, length: number, lane: number): number
  /** Room that `seal` needs besides the frames. */
  readonly sealBytes?: number
  /** The answer to a `ping`, or the second half. */
  readonly pong?: Buffer
  /** Throws when sends were refused, and shows the first answer that said so. */
  throwIfRefused(): void
}

/** What differs from one send to the next. One object is used again and again: there is one for each message. */
export interface SendMarks {
  lane: number
  index: number
  opaque: number
  bornTimestampMs: number
  /** When the send leaves, or at a fixed rate when it was meant to; it travels in each body's first eight bytes. */
  sentAtMs: number
}
