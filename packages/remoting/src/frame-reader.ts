import { frameSizeAt } from '@cometmq/protocol'

/** One whole frame lies in `bytes[start, end)`, which are good until this returns. */
export type FrameListener = (bytes: Buffer, start: number, end: number) => void

/** What a frame that has not arrived in full takes at first; it doubles as more comes, so that nobody pays for bytes that were only announced. */
const firstPartBytes = 4 * 1024

/**
 * Cuts a stream of chunks into frames. A frame that lies within one chunk is delivered in place; the beginning of one that spans chunks is kept. The frame
 * limit bounds what is kept.
 */
export class FrameReader {
  readonly #deliver: FrameListener
  /** The first `#partBytes` bytes of it begin a frame. */
  #part: Buffer = nothing
  #partBytes = 0

  constructor(deliver: FrameListener) {
    this.#deliver = deliver
  }

  /** Delivers every frame that is complete with `chunk`, which is not kept. Throws `ProtocolError` when the stream is not one of frames. */
  push(chunk: Buffer): void {
    const from = this.#partBytes === 0 ? 0 : this.#complete(chunk)
    const rest = this.#deliverFrom(chunk, from)
    if (rest < chunk.length) this.#keep(chunk, rest, chunk.length)
  }

  #deliverFrom(chunk: Buffer, start: number): number {
    let at = start
    for (;;) {
      const size = frameSizeAt(chunk, at, chunk.length)
      if (size === undefined || at + size > chunk.length) return at
      this.#deliver(chunk, at, at + size)
      at += size
    }
  }

  /** Adds to the frame that was begun, delivers it when it is whole, and returns how much of the chunk that took. */
  #complete(chunk: Buffer): number {
    let taken = 0
    let size = frameSizeAt(this.#part, 0, this.#partBytes)
    if (size === undefined) {
      taken = Math.min(lengthFieldBytes - this.#partBytes, chunk.length)
      this.#keep(chunk, 0, taken)
      size = frameSizeAt(this.#part, 0, this.#partBytes)
      if (size === undefined) return taken
    }
    const end = Math.min(taken + size - this.#partBytes, chunk.length)
    this.#keep(chunk, taken, end)
    if (this.#partBytes < size) return end
    const whole = this.#part
    this.#part = nothing
    this.#partBytes = 0
    this.#deliver(whole, 0, size)
    return end
  }

  #keep(chunk: Buffer, from: number, to: number): void {
    const bytes = this.#partBytes + to - from
    if (bytes > this.#part.length) {
      const grown = Buffer.allocUnsafe(Math.max(firstPartBytes, 2 * this.#part.length, bytes))
      this.#part.copy(grown, 0, 0, this.#partBytes)
      this.#part = grown
    }
    chunk.copy(this.#part, this.#partBytes, from, to)
    this.#partBytes = bytes
  }
}

const lengthFieldBytes = 4
const nothing = Buffer.alloc(0)
