import type { Peer } from './peer.ts'

/**
 * The fast way of a request: read from its frame and begun without decoding it. What is taken here is answered by `Peer.answerExpress` and
 * counted by `Peer.beginExpress` and `endExpress`; everything else goes through decoding and router, and must be answered alike.
 */
export interface Express {
  /** Takes the request in the frame `[start, end)`, whose bytes are good until this returns. False, with nothing done, when it is not its. */
  take(bytes: Buffer, start: number, end: number, peer: Peer): boolean
}

/** The first of two fast ways that takes a request has it. */
export class EitherExpress implements Express {
  readonly #first: Express
  readonly #second: Express

  constructor(first: Express, second: Express) {
    this.#first = first
    this.#second = second
  }

  take(bytes: Buffer, start: number, end: number, peer: Peer): boolean {
    return this.#first.take(bytes, start, end, peer) || this.#second.take(bytes, start, end, peer)
  }
}

/** Writes one whole frame in place. */
export interface FrameWriter {
  /** Bytes that the frame takes. */
  frameSize(): number
  /** Writes the frame at `at` and returns the position behind it. */
  writeFrame(into: Buffer, at: number): number
}
