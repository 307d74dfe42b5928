import { encodeFrameHead, frameSizeBound } from '@cometmq/protocol'
import type { FrameWriter } from './express.ts'
import type { OutgoingChunks } from './outgoing-chunks.ts'

/** A body in one piece or in several that follow one another. */
export type Body = Buffer | readonly Buffer[]

/** A body from here on is sent as it is instead of being copied behind its header. */
const byReferenceBytes = 128 * 1024
const noChunk = Buffer.alloc(0)

/** Gathers the frames of one tick for one connection, so that they leave in one write. */
export class Outbox {
  readonly #write: (bytes: Uint8Array) => boolean
  readonly #chunks: OutgoingChunks
  /** Frames that have not left lie in `[#start, #end)`. Taken when there are some, and given back when the system has taken all of it. */
  #chunk: Buffer = noChunk
  #start = 0
  #end = 0
  /** Others before it, of which the system has not taken all. */
  #held: Buffer[] = []
  /** The system has not taken all that was written. */
  #isBehind = false
  #scheduled = false
  #closed = false

  /** `write` says whether the system has taken all that was written so far, so that the memory is free again. */
  constructor(write: (bytes: Uint8Array) => boolean, chunks: OutgoingChunks) {
    this.#write = write
    this.#chunks = chunks
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
  readonly flush = (): void => {
    this.#scheduled = false
    if (this.#start === this.#end) return
    const bytes = this.#chunk.subarray(this.#start, this.#end)
    this.#start = this.#end
    this.#send(bytes)
  }

  /** The system has taken all that was written. */
  drained(): void {
    this.#isBehind = false
    if (this.#closed) return
    for (const chunk of this.#held) this.#chunks.giveBack(chunk)
    this.#held = []
    if (this.#start === this.#end) this.#giveBackChunk()
  }

  /** What the system has not taken it may still read: that memory is not used again. */
  close(): void {
    this.#closed = true
    this.#held = []
    this.#chunk = noChunk
    this.#start = this.#end = 0
  }

  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(this.flush)
  }

  #newChunk(bound: number): void {
    this.flush()
    // It could not be given back: something of it is on its way.
    if (this.#chunk !== noChunk) this.#held.push(this.#chunk)
    this.#chunk = this.#chunks.take(bound)
    this.#start = 0
    this.#end = 0
  }

  #giveBackChunk(): void {
    if (this.#chunk !== noChunk) this.#chunks.giveBack(this.#chunk)
    this.#chunk = noChunk
    this.#start = this.#end = 0
  }

  #send(bytes: Uint8Array): void {
    const wasBehind = this.#isBehind
    this.#isBehind = !this.#write(bytes)
    if (this.#isBehind) return
    if (wasBehind) this.drained()
    else if (this.#start === this.#end) this.#giveBackChunk()
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
    if (Buffer.isBuffer(body)) this.#send(body)
    else for (const part of body) this.#send(part)
  }
}

export function lengthOf(body: Body): number {
  if (Buffer.isBuffer(body)) return body.length
  let bytes = 0
  for (const part of body) bytes += part.length
  return bytes
}
