import { encodeFrameHead, frameSizeBound } from '@cometmq/protocol'
import type { FrameWriter } from './express.ts'

/** A body in one piece or in several that follow one another. */
export type Body = Buffer | readonly Buffer[]

/** Room for frames that leave together. It is used again when the system has taken all of it; otherwise the rest of it serves the next tick. */
const chunkBytes = 64 * 1024
/** A body from here on is sent as it is instead of being copied behind its header. */
const byReferenceBytes = 128 * 1024

/** Gathers the frames of one tick for one connection, so that they leave in one write. */
export class Outbox {
  readonly #write: (bytes: Uint8Array) => boolean
  #chunk: Buffer = Buffer.alloc(0)
  #start = 0
  #end = 0
  #scheduled = false
  #closed = false

  /** `write` says whether the system has taken all that was written so far, so that the memory is free again. */
  constructor(write: (bytes: Uint8Array) => boolean) {
    this.#write = write
  }

  /** Whether the body was copied, so that its memory is the caller's again. */
  append(header: string | Buffer, body: Body): boolean {
    if (this.#closed) return false
    const bodyBytes = lengthOf(body)
    const isCopied = bodyBytes < byReferenceBytes
    const bound = frameSizeBound(header, isCopied ? bodyBytes : 0)
    if (bound > this.#chunk.length - this.#end) this.#newChunk(bound)
    this.#end = encodeFrameHead(this.#chunk, this.#end, header, bodyBytes)
    if (isCopied) this.#copy(body)
    else this.#sendByReference(body)
    this.#schedule()
    return isCopied
  }

  /** A frame that writes itself. */
  appendFrame(frame: FrameWriter): void {
    if (this.#closed) return
    const size = frame.frameSize()
    if (size > this.#chunk.length - this.#end) this.#newChunk(size)
    this.#end = frame.writeFrame(this.#chunk, this.#end)
    this.#schedule()
  }

  /** Sends what has been gathered; otherwise that happens when the current callback and its promise reactions are done. */
  flush(): void {
    this.#scheduled = false
    if (this.#start === this.#end) return
    const bytes = this.#chunk.subarray(this.#start, this.#end)
    this.#start = this.#end
    if (this.#write(bytes)) this.#start = this.#end = 0
  }

  close(): void {
    this.#closed = true
    this.#start = this.#end
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => this.flush())
  }

  #newChunk(bound: number): void {
    this.flush()
    this.#chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, bound))
    this.#start = 0
    this.#end = 0
  }

  #copy(body: Body): void {
    if (Buffer.isBuffer(body)) {
      this.#end += body.copy(this.#chunk, this.#end)
      return
    }
    for (const part of body) this.#end += part.copy(this.#chunk, this.#end)
  }

  #sendByReference(body: Body): void {
    this.flush()
    if (Buffer.isBuffer(body)) this.#write(body)
    else for (const part of body) this.#write(part)
  }
}

export function lengthOf(body: Body): number {
  if (Buffer.isBuffer(body)) return body.length
  let bytes = 0
  for (const part of body) bytes += part.length
  return bytes
}
