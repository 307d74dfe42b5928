import { indexEntryBytes, writeIndexEntry } from '../format/index-file.ts'

/** Entries of one block of memory, 64 KiB. */
export const blockEntries = 3276

interface Block {
  readonly bytes: Buffer
  /** Number of the first entry. */
  readonly first: number
  count: number
  /** So many of them are in the file. */
  written: number
}

/** The newest entries of a file: those that are not in it yet, and the rest of their blocks. */
export class EntryBlocks {
  readonly #blocks: Block[] = []
  #next: number
  #unwritten = 0

  /** `next`: the number of the first entry that will come. */
  constructor(next: number) {
    this.#next = next
  }

  get unwrittenBytes(): number {
    return this.#unwritten * indexEntryBytes
  }

  append(keyHash: number, physicalOffset: number, seconds: number, previous: number): void {
    let block = this.#blocks.at(-1)
    if (block === undefined || block.count === blockEntries) {
      block = { bytes: Buffer.allocUnsafeSlow(blockEntries * indexEntryBytes), first: this.#next, count: 0, written: 0 }
      this.#blocks.push(block)
    }
    writeIndexEntry(block.bytes, block.count * indexEntryBytes, keyHash, physicalOffset, seconds, previous)
    block.count++
    this.#next++
    this.#unwritten++
  }

  /** The bytes of an entry when it is in memory. The view is good until the next turn of the event loop. */
  view(entry: number): Buffer | undefined {
    const oldest = this.#blocks[0]
    if (oldest === undefined || entry < oldest.first || entry >= this.#next) return undefined
    const block = this.#blocks[Math.floor((entry - oldest.first) / blockEntries)]!
    const at = (entry - block.first) * indexEntryBytes
    return block.bytes.subarray(at, at + indexEntryBytes)
  }

  /** Writes what is there at the time of the call. One at a time. */
  async write(into: (bytes: Buffer, firstEntry: number) => Promise<void>): Promise<void> {
    const goal = this.#next
    for (let block = this.#firstUnwritten(); block !== undefined; block = this.#firstUnwritten()) {
      if (block.first + block.written >= goal) return
      const { count } = block
      const bytes = block.bytes.subarray(block.written * indexEntryBytes, count * indexEntryBytes)
      await into(bytes, block.first + block.written)
      this.#unwritten -= count - block.written
      block.written = count
      this.#dropWritten()
    }
  }

  #firstUnwritten(): Block | undefined {
    return this.#blocks.find(({ written, count }) => written < count)
  }

  #dropWritten(): void {
    while (this.#blocks.length > 0 && this.#blocks[0]!.written === blockEntries) this.#blocks.shift()
  }
}
