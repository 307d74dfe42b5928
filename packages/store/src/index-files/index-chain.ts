import { readInt32 } from '@cometmq/protocol/message'
import {
  entryKeyHash,
  entryPhysicalOffset,
  entryPosition,
  entryPrevious,
  entrySeconds,
  type IndexHeader,
  type IndexShape,
  indexEntryBytes,
  indexSlotBytes,
  slotPosition,
} from '../format/index-file.ts'
import type { FillingFile } from './filling-file.ts'

/** Entries of one chain lie the closer, the more often its key occurs: they are read in blocks of about 16 KiB. */
const blockEntries = 800
/** Blocks that one walk keeps. */
const maxBlocks = 4

/** A file to be searched. */
export interface SearchedFile {
  readonly header: Readonly<IndexHeader>
  /** Present while entries come into it. */
  readonly filling: FillingFile | undefined
  read(into: Buffer, position: number): Promise<number>
}

/** How many entries may still be looked at. */
export interface EntryBudget {
  left: number
}

/** An entry whose hash is the wanted one. */
export interface FoundEntry {
  readonly physicalOffset: number
  /** The store time of its message, rounded down to seconds since the first message of the file. */
  readonly timestamp: number
}

/**
 * Walks over the entries of one file that have `keyHash`, the newest first. The walk ends where a chain of a damaged file would lead it astray, and when
 * the budget is used up.
 */
export async function* walkChain(
  file: SearchedFile,
  shape: IndexShape,
  keyHash: number,
  budget: EntryBudget,
): AsyncGenerator<FoundEntry> {
  const { nextEntry, beginTimestamp } = file.header
  const entries = new EntryReader(file, shape)
  let entry = await newestEntry(file, keyHash % shape.slots)
  while (entry > 0 && entry < shape.entries && budget.left > 0) {
    budget.left--
    const bytes = await entries.read(entry)
    if (bytes === undefined) return
    const seconds = entrySeconds(bytes, 0)
    const previous = entryPrevious(bytes, 0)
    const isWanted = entry < nextEntry && entryKeyHash(bytes, 0) === keyHash
    // The time of a file's first message is that of the file; its entry counts from the end of the file before.
    const timestamp = beginTimestamp + (entry === 1 ? 0 : seconds * 1000)
    const physicalOffset = entryPhysicalOffset(bytes, 0)
    if (seconds < 0) return
    if (isWanted) yield { physicalOffset, timestamp }
    if (previous >= entry) return
    entry = previous
  }
}

async function newestEntry(file: SearchedFile, slot: number): Promise<number> {
  if (file.filling !== undefined) return file.filling.newestOf(slot)
  const bytes = Buffer.alloc(indexSlotBytes)
  return (await file.read(bytes, slotPosition(slot))) < indexSlotBytes ? 0 : readInt32(bytes, 0)
}

class EntryReader {
  readonly #file: SearchedFile
  readonly #shape: IndexShape
  readonly #blocks: { first: number; bytes: Buffer }[] = []

  constructor(file: SearchedFile, shape: IndexShape) {
    this.#file = file
    this.#shape = shape
  }

  async read(entry: number): Promise<Buffer | undefined> {
    const inMemory = this.#file.filling?.entryInMemory(entry)
    if (inMemory !== undefined) return inMemory
    const block = this.#blocks.find(({ first, bytes }) => entry >= first && holds(first, bytes, entry))
    const { first, bytes } = block ?? (await this.#load(entry))
    return holds(first, bytes, entry) ? bytes.subarray((entry - first) * indexEntryBytes) : undefined
  }

  /** The block that ends with `entry`: the walk goes towards older ones. */
  async #load(entry: number): Promise<{ first: number; bytes: Buffer }> {
    const first = Math.max(0, entry - blockEntries + 1)
    const bytes = Buffer.allocUnsafe((entry - first + 1) * indexEntryBytes)
    const read = await this.#file.read(bytes, entryPosition(this.#shape, first))
    const block = { first, bytes: bytes.subarray(0, read) }
    this.#blocks.push(block)
    if (this.#blocks.length > maxBlocks) this.#blocks.shift()
    return block
  }
}

const holds = (first: number, bytes: Buffer, entry: number) => (entry - first + 1) * indexEntryBytes <= bytes.length
