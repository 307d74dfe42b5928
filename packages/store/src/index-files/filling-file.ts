import {
  encodeIndexHeader,
  entryKeyHash,
  entryPosition,
  entryPrevious,
  type IndexHeader,
  type IndexShape,
  indexEntryBytes,
  secondsSince,
} from '../format/index-file.ts'
import { EntryBlocks } from './entry-blocks.ts'
import { type IndexFileAccess, SlotTable } from './slot-table.ts'

/**
 * The last file of the index while entries come into it. Entries get into the file as they come; slots and header only in `flush`, in this order and
 * each made durable before the next: entries, slots, header. So the header never counts an entry that is not durable, and a slot that names an entry
 * behind those that the header counts, as a crash in the middle leaves some, leads over whole entries back to one that counts.
 */
export class FillingFile {
  readonly header: IndexHeader
  readonly #shape: IndexShape
  readonly #file: IndexFileAccess
  readonly #slots: SlotTable
  readonly #entries: EntryBlocks
  #isChanged = false

  private constructor(shape: IndexShape, file: IndexFileAccess, header: IndexHeader) {
    this.header = header
    this.#shape = shape
    this.#file = file
    this.#slots = new SlotTable(shape.slots)
    this.#entries = new EntryBlocks(header.nextEntry)
  }

  /** A file that was just made. */
  static async begin(shape: IndexShape, file: IndexFileAccess, header: IndexHeader): Promise<FillingFile> {
    await file.write(encodeIndexHeader(header), 0)
    await file.sync()
    return new FillingFile(shape, file, header)
  }

  /** A file with entries: takes its slots into memory. What an interrupted `flush` left in them is mended before entries are written there. */
  static async resume(shape: IndexShape, file: IndexFileAccess, header: IndexHeader): Promise<FillingFile> {
    const filling = new FillingFile(shape, file, header)
    await filling.#slots.load(file, (entry) =>
      entry > 0 && entry < header.nextEntry ? entry : countedEntry(shape, file, entry, header.nextEntry),
    )
    if (filling.#slots.isDirty) {
      await filling.#slots.write(file)
      await file.sync()
      filling.#slots.markClean()
    }
    return filling
  }

  get isFull(): boolean {
    return this.header.nextEntry >= this.#shape.entries
  }

  /** So many more entries fit. */
  get room(): number {
    return this.#shape.entries - this.header.nextEntry
  }

  get unwrittenBytes(): number {
    return this.#entries.unwrittenBytes
  }

  /** There are entries that `flush` has not made durable. */
  get isChanged(): boolean {
    return this.#isChanged
  }

  /** Not when it is full. */
  readonly put = (keyHash: number, physicalOffset: number, storeTimestamp: number): void => {
    const { header } = this
    const slot = keyHash % this.#shape.slots
    const previous = this.#slots.get(slot)
    const seconds = secondsSince(header.beginTimestamp, storeTimestamp)
    this.#entries.append(keyHash, physicalOffset, seconds, previous)
    this.#slots.set(slot, header.nextEntry)
    if (header.nextEntry === 1) {
      header.beginPhysicalOffset = physicalOffset
      header.beginTimestamp = storeTimestamp
    }
    if (previous === 0) header.usedSlots++
    header.nextEntry++
    header.endPhysicalOffset = physicalOffset
    header.endTimestamp = storeTimestamp
    this.#isChanged = true
  }

  /** The newest entry of a slot. */
  newestOf(slot: number): number {
    return this.#slots.get(slot)
  }

  /** An entry that is in memory. */
  entryInMemory(entry: number): Buffer | undefined {
    return this.#entries.view(entry)
  }

  /** Brings entries into the file. One at a time, and not while it is flushed. */
  write(): Promise<void> {
    return this.#entries.write((bytes, first) => this.#file.write(bytes, entryPosition(this.#shape, first)))
  }

  /** Makes all entries durable. Nothing may be put meanwhile. What a failed one has done is done again. */
  async flush(): Promise<void> {
    await this.write()
    await this.#file.sync()
    await this.#slots.write(this.#file)
    await this.#file.sync()
    await this.#file.write(encodeIndexHeader(this.header), 0)
    await this.#file.sync()
    this.#slots.markClean()
    this.#isChanged = false
  }
}

/** The newest entry of the chain that begins with `entry` which the header counts; 0 when there is none. */
async function countedEntry(
  shape: IndexShape,
  file: IndexFileAccess,
  entry: number,
  nextEntry: number,
): Promise<number> {
  const bytes = Buffer.alloc(indexEntryBytes)
  const slot = (of: Buffer) => entryKeyHash(of, 0) % shape.slots
  let chain: number | undefined
  for (let at = entry; at >= nextEntry; ) {
    if (at >= shape.entries) return 0
    if ((await file.read(bytes, entryPosition(shape, at))) < indexEntryBytes) return 0
    chain ??= slot(bytes)
    const previous = entryPrevious(bytes, 0)
    // Bytes that are no entry of this chain: the rest of it cannot be found.
    if (slot(bytes) !== chain || previous >= at) return 0
    if (previous < nextEntry) return Math.max(0, previous)
    at = previous
  }
  return 0
}
