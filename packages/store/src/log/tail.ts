import { Chunk } from './chunk.ts'
import type { TailLease } from './tail-lease.ts'

/** Stands where chunks were, so that their memory can go. */
const droppedChunk = new Chunk(0, Buffer.alloc(0))

/** One append begins two chunks at most, and for each of them some may be dropped; more than these are not, as far as memory is used again. */
const chunksDroppedByAppend = 4
/** Memory that is kept for the next chunks. */
const maxSpare = 2

/** The end of the log in memory: chunks one after the other, the oldest dropped when there are more than `limitBytes` of written ones. */
export class Tail {
  readonly #limitBytes: number
  /** What chunks usually have; memory of another size is not kept. */
  readonly #chunkBytes: number
  /** Ascending; those before `#head` are dropped. */
  #chunks: Chunk[] = []
  #head = 0
  #bytes = 0
  /** Memory of dropped chunks that no reader sees. */
  readonly #spare: Buffer[] = []

  constructor(limitBytes: number, chunkBytes: number) {
    this.#limitBytes = limitBytes
    this.#chunkBytes = chunkBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get last(): Chunk | undefined {
    return this.#chunks.at(-1)
  }

  /** Memory for a new chunk, used before when there is some: new memory costs a page fault for every 4 KiB. */
  allocate(bytes: number): Buffer {
    return (bytes === this.#chunkBytes ? this.#spare.pop() : undefined) ?? Buffer.allocUnsafeSlow(bytes)
  }

  add(chunk: Chunk): void {
    this.#chunks.push(chunk)
    this.#bytes += chunk.bytes.length
    this.trim()
  }

  /** Drops what is more than may be kept. What is not in the file yet stays. */
  trim(): void {
    while (this.#bytes > this.#limitBytes && this.#head < this.#chunks.length - 1) {
      const oldest = this.#chunks[this.#head]!
      if (!oldest.isWritten) break
      this.#bytes -= oldest.bytes.length
      this.#chunks[this.#head++] = droppedChunk
      if (!oldest.isShared && oldest.leases === 0) this.#keep(oldest.bytes)
    }
    if (this.#head > 64 && this.#head * 2 > this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head)
      this.#head = 0
    }
  }

  /** Gives up everything from `end` on, which nobody has seen, and puts nothing more into what stays. */
  cut(end: number): void {
    while (this.#chunks.length > this.#head && this.#chunks.at(-1)!.start >= end) {
      this.#bytes -= this.#chunks.pop()!.bytes.length
    }
    const last = this.#chunks.at(-1)
    if (this.#chunks.length === this.#head || last === undefined) return
    if (last.end === undefined || last.end > end) last.cut(end)
  }

  /** The `size` bytes from `position` on, when they are here; good until the lease ends, without one for ever. */
  view(position: number, size: number, lease?: TailLease): Buffer | undefined {
    const chunk = this.#find(position)
    if (chunk === undefined) return undefined
    const at = position - chunk.start
    if (at + size > chunk.used) return undefined
    hold(chunk, lease)
    return chunk.bytes.subarray(at, at + size)
  }

  /** One more looks at views that were given of the records from the one at `first` to the one at `last`. False when some of them are not here any more. */
  share(first: number, last: number, lease?: TailLease): boolean {
    const from = this.#indexOf(first)
    if (from < 0) return false
    for (let index = from; index < this.#chunks.length && this.#chunks[index]!.start <= last; index++)
      hold(this.#chunks[index]!, lease)
    return true
  }

  /**
   * `view` for who copies it at once and appends no more than one message before it is done: the memory of the chunk may be used again afterwards, unless it is one of those that are
   * dropped next.
   */
  glance(position: number, size: number): Buffer | undefined {
    const chunk = this.#find(position)
    if (chunk === undefined || this.#head + chunksDroppedByAppend >= this.#chunks.length)
      return this.view(position, size)
    if (chunk.start < this.#chunks[this.#head + chunksDroppedByAppend]!.start) return this.view(position, size)
    const at = position - chunk.start
    return at < 0 || at + size > chunk.used ? undefined : chunk.bytes.subarray(at, at + size)
  }

  has(position: number): boolean {
    const oldest = this.#chunks[this.#head]
    return oldest !== undefined && position >= oldest.start
  }

  #keep(memory: Buffer): void {
    if (memory.length === this.#chunkBytes && this.#spare.length < maxSpare) this.#spare.push(memory)
  }

  #find(position: number): Chunk | undefined {
    return this.#chunks[this.#indexOf(position)]
  }

  /** −1 for what lies before all chunks. */
  #indexOf(position: number): number {
    const chunks = this.#chunks
    let low = this.#head
    let high = chunks.length - 1
    if (high < low || position < chunks[low]!.start) return -1
    while (low < high) {
      const middle = (low + high + 1) >> 1
      if (chunks[middle]!.start <= position) low = middle
      else high = middle - 1
    }
    return low
  }
}

function hold(chunk: Chunk, lease: TailLease | undefined): void {
  if (lease === undefined) chunk.isShared = true
  else lease.hold(chunk)
}
