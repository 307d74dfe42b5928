import { type FileSystem, type Logger, makeDurableDirectory } from '@cometmq/platform'
import {
  decodeIndexHeader,
  emptyIndexHeader,
  type IndexHeader,
  type IndexShape,
  indexFileBytes,
  indexFileName,
  indexHeaderBytes,
} from '../format/index-file.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import type { IndexFileAccess } from './slot-table.ts'

/** One file of the index; its header as it stands in the file, or, of the last one, as it will. */
export interface IndexFile {
  readonly name: string
  readonly path: string
  header: IndexHeader
}

/** What the log and the checkpoint vouch for when the store is opened. */
export interface IndexTrust {
  /** Offset behind the last record of the log. */
  readonly logEnd: number
  /** After a crash: the store time up to which index files are known to be durable. */
  readonly durableTimestamp: number | undefined
}

/** The files of the index by age, the oldest first. */
export class IndexFiles {
  readonly shape: IndexShape
  readonly #files: FileSystem
  readonly #handles: OpenFiles
  readonly #directory: string
  readonly #list: IndexFile[] = []

  constructor(files: FileSystem, handles: OpenFiles, directory: string, shape: IndexShape) {
    this.#files = files
    this.#handles = handles
    this.#directory = directory
    this.shape = shape
  }

  get list(): readonly IndexFile[] {
    return this.#list
  }

  get last(): IndexFile | undefined {
    return this.#list.at(-1)
  }

  /**
   * Finds the files, and removes the first that cannot be relied on with all later ones: their entries are made again from the log. Before that,
   * `beforeRemoval` takes back what the checkpoint says of them. Answers whether some were removed. Files whose names are no numbers are left alone.
   */
  async load(trust: IndexTrust, logger: Logger, beforeRemoval: () => Promise<void>): Promise<boolean> {
    if ((await this.#files.stat(this.#directory)) === undefined) return false
    const entries = await this.#files.list(this.#directory)
    const names = entries.filter(({ name, isDirectory }) => !isDirectory && /^\d+$/.test(name)).map(({ name }) => name)
    let flaw: string | undefined
    for (const name of names.sort()) {
      const path = `${this.#directory}/${name}`
      const found = flaw ?? (await this.#judge(path, trust))
      if (typeof found !== 'string') {
        this.#list.push({ name, path, header: found })
        continue
      }
      if (flaw === undefined) await beforeRemoval()
      logger.warn({ path, reason: found }, 'removing a key index file, which is made again from the log')
      await this.#files.remove(path)
      flaw = 'it follows one that was removed'
    }
    if (flaw !== undefined) await this.#files.syncDirectory(this.#directory)
    return flaw !== undefined
  }

  /** Makes the next file, with a name behind all others. */
  async create(timeMs: number): Promise<IndexFile> {
    if (this.#list.length === 0) await makeDurableDirectory(this.#files, this.#directory)
    const name = this.#nextName(timeMs)
    const path = `${this.#directory}/${name}`
    try {
      await this.#make(path)
    } catch (error) {
      // A short file in the midst of others would make all later ones count as damaged.
      await this.#files.remove(path)
      throw error
    }
    const { endTimestamp, endPhysicalOffset } = this.last?.header ?? emptyIndexHeader()
    const made = { name, path, header: emptyIndexHeader(endTimestamp, endPhysicalOffset) }
    this.#list.push(made)
    return made
  }

  async #make(path: string): Promise<void> {
    const file = await this.#files.open(path, { create: true })
    try {
      await file.truncate(indexFileBytes(this.shape))
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#files.syncDirectory(this.#directory)
  }

  access(path: string): IndexFileAccess {
    return {
      read: (into, position) => this.#handles.use(path, (file) => file.read(into, position)),
      write: (bytes, position) => this.#handles.use(path, (file) => file.write(bytes, position)),
      sync: () => this.#handles.use(path, (file) => file.sync()),
    }
  }

  /** Removes files from the front whose messages all lie before `minPhysicalOffset`, never the last one. Answers how many. */
  async removeBefore(minPhysicalOffset: number): Promise<number> {
    let removed = 0
    while (this.#list.length > 1 && this.#list[0]!.header.endPhysicalOffset < minPhysicalOffset) {
      const { path } = this.#list[0]!
      await this.#handles.forget(path)
      await this.#files.remove(path)
      this.#list.shift()
      removed++
    }
    if (removed > 0) await this.#files.syncDirectory(this.#directory)
    return removed
  }

  /** The header, or why the file cannot be relied on. */
  async #judge(path: string, { logEnd, durableTimestamp }: IndexTrust): Promise<IndexHeader | string> {
    const bytes = (await this.#files.stat(path))?.size ?? 0
    const expected = indexFileBytes(this.shape)
    if (bytes !== expected) {
      return `it has ${bytes} bytes, and with maxHashSlotNum=${this.shape.slots} and maxIndexNum=${this.shape.entries} it must have ${expected}`
    }
    const header = decodeIndexHeader(await this.#readHeader(path), this.shape)
    if (header === undefined) return 'its header is damaged'
    const isUsed = header.nextEntry > 1 || header.endPhysicalOffset > 0
    if (isUsed && header.endPhysicalOffset >= logEnd) return `it names records behind the end of the log, ${logEnd}`
    if (durableTimestamp !== undefined && header.endTimestamp > durableTimestamp) {
      return 'the store was not closed, and the checkpoint does not say that the file is whole'
    }
    return header
  }

  async #readHeader(path: string): Promise<Buffer> {
    const file = await this.#files.open(path, { readOnly: true })
    try {
      const bytes = Buffer.alloc(indexHeaderBytes)
      return bytes.subarray(0, await file.read(bytes, 0))
    } finally {
      await file.close()
    }
  }

  #nextName(timeMs: number): string {
    const last = this.last?.name ?? ''
    for (let time = timeMs; ; time++) {
      const name = indexFileName(time)
      if (name.length > last.length || (name.length === last.length && name > last)) return name
      // The clock was set back: names have to ascend all the same.
      if (time - timeMs >= maxNameStepsMs) return String(BigInt(last) + 1n).padStart(last.length, '0')
    }
  }
}

/** How far a name may be ahead of the clock before the last one is counted on. */
const maxNameStepsMs = 1_000
