/** How much one read takes when somebody reads on. */
const blockBytes = 1024 * 1024
/** Blocks that are kept; the one used longest ago goes first. */
const maxBlocks = 16
/** A block begins so much before the end of the one before it, so that a record that was cut there is whole here. */
const overlapBytes = 64 * 1024
/** A read that begins so near behind an earlier one goes on from it. */
const nearBytes = 256 * 1024
/** Ends of earlier reads that are remembered, to see who reads on. */
const maxRecentEnds = 64
/** Blocks that are read before anybody waits for them, at the same time. */
const maxUnasked = 1
/** So little is left: whoever needs it reads it when he does. */
const leastUnaskedBytes = 16 * 1024

/** Where blocks come from. */
export interface BlockSource {
  /** Fills `memory` from a position on; answers how many bytes there were. */
  readInto(memory: Buffer, position: number): Promise<number>
  /** The end of what may be read in one piece from `position` on. */
  endOf(position: number): number
  /** Others read: what nobody asked for yet can wait. */
  isBusy(): boolean
}

interface Block {
  readonly start: number
  /** What was read, in `memory`. */
  readonly bytes: Buffer
  readonly memory: Buffer
  /** The next one was asked for. */
  isFollowed: boolean
}

interface Loading {
  readonly start: number
  readonly end: number
  readonly loaded: Promise<void>
}

/**
 * Blocks of the log that were read ahead for readers that catch up. Consumers of one topic read the same part of the log at nearly the same time, each the
 * records of its queue: one read of the disk serves them all. When half of a block is used, the next one is read. A read that does not follow an earlier one
 * takes only what it needs. Memory of a block is used again for another, since new memory costs a page fault for every 4 KiB.
 */
export class ReadAhead {
  readonly #source: BlockSource
  /** The last one was used last. */
  readonly #blocks: Block[] = []
  readonly #loading: Loading[] = []
  readonly #recentEnds: number[] = []
  /** Of blocks that went, for those that come. */
  readonly #spare: Buffer[] = []
  #unasked = 0

  constructor(source: BlockSource) {
    this.#source = source
  }

  /** The `size` bytes from `position` on, when they are in one block. Good until the caller waits for anything: what it wants to keep it copies. */
  view(position: number, size: number): Buffer | undefined {
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const block = this.#blocks[i]!
      const { start, bytes } = block
      if (position < start || position + size > start + bytes.length) continue
      if (i < this.#blocks.length - 1) this.#blocks.push(...this.#blocks.splice(i, 1))
      if (!block.isFollowed && position - start > bytes.length / 2) this.#readNext(block)
      return bytes.subarray(position - start, position - start + size)
    }
    return undefined
  }

  /** Sees to it that `[from, to)` is in a block when the read goes on from an earlier one; false when it does not, and the caller reads for itself. */
  async prepare(from: number, to: number): Promise<boolean> {
    const isOn = this.#goesOn(from)
    this.#remember(to)
    if (!isOn || to - from > blockBytes / 2) return false
    const underWay = this.#loading.find(({ start, end }) => from >= start && to <= end)
    if (underWay !== undefined) {
      await underWay.loaded
      return true
    }
    const start = this.#startFor(from)
    await this.#load(start, Math.min(start + blockBytes, this.#source.endOf(start)))
    return true
  }

  async #load(start: number, end: number): Promise<void> {
    const loaded = this.#read(start, end - start)
    const loading = { start, end, loaded }
    this.#loading.push(loading)
    try {
      await loaded
    } finally {
      this.#loading.splice(this.#loading.indexOf(loading), 1)
    }
  }

  async #read(start: number, size: number): Promise<void> {
    const memory = this.#spare.pop() ?? Buffer.allocUnsafeSlow(blockBytes)
    try {
      const read = await this.#source.readInto(memory.subarray(0, size), start)
      if (this.#blocks.length >= maxBlocks) this.#spare.push(this.#blocks.shift()!.memory)
      this.#blocks.push({ start, bytes: memory.subarray(0, read), memory, isFollowed: false })
    } catch (error) {
      this.#spare.push(memory)
      throw error
    }
  }

  /** Reads what lies behind `block`, so that it is there when its readers have used this one up. */
  #readNext(block: Block): void {
    if (this.#unasked >= maxUnasked || this.#source.isBusy()) return
    block.isFollowed = true
    const behind = block.start + block.bytes.length
    const from = behind < this.#source.endOf(block.start) ? behind - overlapBytes : behind
    const end = Math.min(from + blockBytes, this.#source.endOf(from))
    const isThere = (known: { start: number }) => known.start > block.start && known.start <= behind
    if (end - behind < leastUnaskedBytes || this.#blocks.some(isThere) || this.#loading.some(isThere)) return
    this.#unasked++
    const done = () => {
      this.#unasked--
    }
    // Nobody has asked yet: whoever needs these bytes reads them then, and learns of the failure.
    this.#load(from, end).then(done, done)
  }

  /** With the end of the block before it when there is one. */
  #startFor(from: number): number {
    const before = this.#blocks.find(
      ({ start, bytes }) => from >= start && from - (start + bytes.length) < overlapBytes,
    )
    return before === undefined
      ? from
      : Math.min(from, Math.max(before.start, before.start + before.bytes.length - overlapBytes))
  }

  #goesOn(from: number): boolean {
    return (
      this.#recentEnds.some((end) => from >= end - overlapBytes && from - end < nearBytes) ||
      this.#blocks.some(({ start, bytes }) => from >= start && from - (start + bytes.length) < nearBytes) ||
      this.#loading.some(({ start, end }) => from >= start && from < end + nearBytes)
    )
  }

  #remember(end: number): void {
    if (this.#recentEnds.length >= maxRecentEnds) this.#recentEnds.shift()
    this.#recentEnds.push(end)
  }
}
