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

interface Block {
  readonly start: number
  readonly bytes: Buffer
}

interface Loading {
  readonly start: number
  readonly end: number
  readonly loaded: Promise<void>
}

/**
 * Blocks of the log that were read ahead for readers that catch up. Consumers of one topic read the same part of the log at nearly the same time, each the
 * records of its queue: one read of the disk serves them all. A read that does not follow an earlier one takes only what it needs.
 */
export class ReadAhead {
  /** The last one was used last. */
  readonly #blocks: Block[] = []
  readonly #loading: Loading[] = []
  readonly #recentEnds: number[] = []

  /** The `size` bytes from `position` on, when they are in one block. */
  view(position: number, size: number): Buffer | undefined {
    for (let i = this.#blocks.length - 1; i >= 0; i--) {
      const { start, bytes } = this.#blocks[i]!
      if (position < start || position + size > start + bytes.length) continue
      if (i < this.#blocks.length - 1) this.#blocks.push(...this.#blocks.splice(i, 1))
      return bytes.subarray(position - start, position - start + size)
    }
    return undefined
  }

  /**
   * Sees to it that `[from, to)` is in a block when the read goes on from an earlier one; false when it does not, and the caller reads for itself.
   * `limit` is the end of what may be read; `read` reads `size` bytes from a position.
   */
  async prepare(
    from: number,
    to: number,
    limit: number,
    read: (position: number, size: number) => Promise<Buffer>,
  ): Promise<boolean> {
    const isOn = this.#goesOn(from)
    this.#remember(to)
    if (!isOn || to - from > blockBytes / 2) return false
    const underWay = this.#loading.find(({ start, end }) => from >= start && to <= end)
    if (underWay !== undefined) {
      await underWay.loaded
      return true
    }
    const start = this.#startFor(from)
    await this.#load(start, Math.min(start + blockBytes, limit), read)
    return true
  }

  async #load(start: number, end: number, read: (position: number, size: number) => Promise<Buffer>): Promise<void> {
    const loaded = read(start, end - start).then((bytes) => {
      if (this.#blocks.length >= maxBlocks) this.#blocks.shift()
      this.#blocks.push({ start, bytes })
    })
    const loading = { start, end, loaded }
    this.#loading.push(loading)
    try {
      await loaded
    } finally {
      this.#loading.splice(this.#loading.indexOf(loading), 1)
    }
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
