import { frameSizeAt } from '@cometmq/protocol'

/** One whole frame lies in `bytes[start, end)`. */
export type FrameListener = (bytes: Buffer, start: number, end: number) => void

/**
 * Cuts a stream of chunks into frames. A frame that lies within one chunk is delivered in place; one that spans chunks is put together once,
 * when its last byte is there, so that no byte is copied twice however small the chunks are. The frame limit bounds what is kept.
 */
export class FrameReader {
  readonly #deliver: FrameListener
  #parts: Buffer[] = []
  #partBytes = 0
  /** The size of the frame that `parts` begin; `undefined` until 4 bytes are there. */
  #wanted: number | undefined

  constructor(deliver: FrameListener) {
    this.#deliver = deliver
  }

  /** Delivers every frame that is complete with `chunk`. Throws `ProtocolError` when the stream is not one of frames. */
  push(chunk: Buffer): void {
    if (this.#partBytes === 0) this.#keep(chunk, this.#deliverFrom(chunk, 0))
    else this.#complete(chunk)
  }

  #deliverFrom(chunk: Buffer, start: number): number {
    let at = start
    for (;;) {
      const size = frameSizeAt(chunk, at, chunk.length)
      this.#wanted = size
      if (size === undefined || at + size > chunk.length) return at
      this.#deliver(chunk, at, at + size)
      at += size
    }
  }

  #complete(chunk: Buffer): void {
    if (this.#wanted === undefined) {
      // Fewer than 4 bytes were there; join them with the chunk and begin anew.
      const joined = Buffer.concat([...this.#parts, chunk])
      this.#forget()
      return this.#keep(joined, this.#deliverFrom(joined, 0))
    }
    const missing = this.#wanted - this.#partBytes
    if (chunk.length < missing) return this.#append(chunk)
    this.#append(chunk.subarray(0, missing))
    const whole = Buffer.concat(this.#parts, this.#partBytes)
    this.#forget()
    this.#deliver(whole, 0, whole.length)
    this.#keep(chunk, this.#deliverFrom(chunk, missing))
  }

  #keep(chunk: Buffer, from: number): void {
    if (from < chunk.length) this.#append(chunk.subarray(from))
  }

  #append(part: Buffer): void {
    this.#parts.push(part)
    this.#partBytes += part.length
  }

  #forget(): void {
    this.#parts = []
    this.#partBytes = 0
    this.#wanted = undefined
  }
}
