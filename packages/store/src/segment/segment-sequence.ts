import { assert, type DirectoryEntry, type FileSystem, FileSystemError, systemCodeOf } from '@cometmq/platform'
import { fileNameOf, startOffsetOf } from '../format/file-name.ts'
import type { OpenFiles } from './open-files.ts'

/** A file that has not the length that every file of its sequence must have. */
export interface MisfitFile {
  readonly path: string
  readonly bytes: number
}

/** What was found in a folder. */
export interface FoundFiles {
  readonly sequence: SegmentSequence
  readonly misfits: readonly MisfitFile[]
  /** Names that are not data files. */
  readonly strangers: readonly string[]
  /** Where a file is missing between two others, or does not begin on a file boundary. */
  readonly gapAt: number | undefined
  /** Bytes that the last file takes on the disk, where that is known. */
  readonly lastAllocatedBytes: number | undefined
}

/**
 * Files of one fixed length that hold one address space: each is named by the offset of its first byte. Positions are offsets of that space.
 * Files are made sparse at full length, as RocketMQ makes them.
 */
export class SegmentSequence {
  readonly directory: string
  readonly fileBytes: number
  readonly #files: FileSystem
  readonly #handles: OpenFiles
  /** Ascending. */
  readonly #starts: number[] = []
  /** Start of the first file while it is being removed. */
  #removing: number | undefined

  constructor(files: FileSystem, handles: OpenFiles, directory: string, fileBytes: number) {
    this.#files = files
    this.#handles = handles
    this.directory = directory
    this.fileBytes = fileBytes
  }

  /**
   * Looks what lies in `directory`, and removes an empty last file: a crash between making and sizing it leaves one.
   * It judges nothing else, since the log and the queues do so differently. With `keepEmpty` it only leaves that file out.
   */
  static async find(
    files: FileSystem,
    handles: OpenFiles,
    directory: string,
    fileBytes: number,
    { keepEmpty = false }: { keepEmpty?: boolean } = {},
  ): Promise<FoundFiles> {
    const sequence = new SegmentSequence(files, handles, directory, fileBytes)
    const misfits: MisfitFile[] = []
    const strangers: string[] = []
    const starts: number[] = []
    const looking = handles.opening ?? files
    for (const entry of await listOrNothing(looking, directory)) {
      if (entry.isDirectory) continue
      const start = startOffsetOf(entry.name)
      if (start === undefined) strangers.push(entry.name)
      else starts.push(start)
    }
    starts.sort((a, b) => a - b)
    let lastAllocatedBytes: number | undefined
    for (const [index, start] of starts.entries()) {
      const path = sequence.path(start)
      const stat = await looking.stat(path)
      const bytes = stat?.size ?? 0
      if (bytes === 0 && index === starts.length - 1) {
        if (!keepEmpty) await files.remove(path)
        continue
      }
      if (bytes !== fileBytes) misfits.push({ path, bytes })
      sequence.#starts.push(start)
      lastAllocatedBytes = stat?.allocatedBytes
    }
    return { sequence, misfits, strangers, gapAt: sequence.#firstGap(), lastAllocatedBytes }
  }

  get isEmpty(): boolean {
    return this.#starts.length === 0
  }

  /** Start of the first file. */
  get first(): number | undefined {
    return this.#starts[0]
  }

  /** Start of the last file. */
  get last(): number | undefined {
    return this.#starts.at(-1)
  }

  /** Starts of all files, ascending. */
  get starts(): readonly number[] {
    return this.#starts
  }

  /** What all files grow to. */
  get bytes(): number {
    return this.#starts.length * this.fileBytes
  }

  /** Start of the file that holds, or would hold, `position`. */
  startOf(position: number): number {
    return position - (position % this.fileBytes)
  }

  has(start: number): boolean {
    const first = this.#starts[0]
    return first !== undefined && start >= first && start <= this.#starts.at(-1)! && start % this.fileBytes === 0
  }

  path(start: number): string {
    return `${this.directory}/${fileNameOf(start)}`
  }

  /**
   * Makes the file that begins at `start`, which is the next one or the first, and makes its length durable; when that fails there is none.
   * The caller sees to it that the name becomes durable.
   */
  async createSynced(start: number): Promise<void> {
    await this.create(start)
    try {
      // With a length that is not durable, a power cut can leave a shorter file, which looks like a wrong option.
      await this.sync(start)
    } catch (error) {
      await this.removeLast()
      throw error
    }
  }

  /** Makes the file that begins at `start`, which is the next one or the first. The caller sees to it that the name becomes durable. */
  async create(start: number): Promise<void> {
    assert(start % this.fileBytes === 0, `${this.directory}: a file cannot begin at ${start}`)
    const last = this.#starts.at(-1)
    assert(last === undefined || start === last + this.fileBytes, `${this.directory}: ${start} does not follow ${last}`)
    const file = await this.#files.open(this.path(start), { create: true })
    try {
      await file.truncate(this.fileBytes)
    } finally {
      await file.close()
    }
    this.#starts.push(start)
  }

  /** Makes durable which files there are. */
  syncNames(): Promise<void> {
    return this.#files.syncDirectory(this.directory)
  }

  /** Removes the last file. */
  async removeLast(): Promise<void> {
    const start = this.#starts.at(-1)
    assert(start !== undefined, `${this.directory}: there is no file to remove`)
    // First, so that no reader opens it again meanwhile: its handle would then stand for the next file of that name.
    this.#starts.pop()
    await this.#handles.forget(this.path(start))
    await this.#files.remove(this.path(start))
  }

  /**
   * Removes the first file, and makes that durable before anything else can go, so that no crash leaves a gap. Readers that are in it finish;
   * others find that the sequence begins behind it. When it cannot be removed, it stays as it was.
   */
  async removeFirst(): Promise<void> {
    const start = this.#starts[0]
    assert(start !== undefined && this.#removing === undefined, `${this.directory}: there is no first file to remove`)
    this.#removing = start
    try {
      await this.#files.remove(this.path(start))
      this.#starts.shift()
    } finally {
      this.#removing = undefined
    }
    await this.#handles.forget(this.path(start))
    await this.#files.syncDirectory(this.directory)
  }

  /** Removes the files that begin at `position` or later, the last first, so that a crash leaves no gap. */
  async removeFrom(position: number): Promise<number> {
    let removed = 0
    while (this.#starts.length > 0 && this.#starts.at(-1)! >= position) {
      await this.removeLast()
      removed++
    }
    return removed
  }

  /** Whether the first file ends at `position` or before, and is not the last. */
  hasFileBefore(position: number): boolean {
    return this.#starts.length > 1 && this.#starts[0]! + this.fileBytes <= position
  }

  /** Fills `buffer` from `position` over as many files as it takes; answers the bytes read, fewer at the end of the last file. */
  async read(buffer: Buffer, position: number): Promise<number> {
    let done = 0
    while (done < buffer.length) {
      const at = position + done
      const start = this.startOf(at)
      if (!this.has(start)) break
      const part = buffer.subarray(done, done + Math.min(buffer.length - done, start + this.fileBytes - at))
      const bytes = await this.#readFile(start, part, at)
      done += bytes
      if (bytes < part.length) break
    }
    return done
  }

  /** Writes within one file, off the event loop. */
  write(bytes: Buffer, position: number): Promise<void> {
    const start = this.startOf(position)
    assert(this.has(start), `${this.directory}: no file holds ${position}`)
    assert(
      position + bytes.length <= start + this.fileBytes,
      `${this.directory}: a write at ${position} spans two files`,
    )
    return this.#handles.use(this.path(start), (file) => file.write(bytes, position - start))
  }

  /** Like `write`, on the event loop and without a handle: for very many files, of which each gets little. */
  writeNow(bytes: Buffer, position: number): void {
    const start = this.startOf(position)
    assert(this.has(start), `${this.directory}: no file holds ${position}`)
    this.#files.writeNow(this.path(start), bytes, position - start)
  }

  /** Makes durable what was written to the file, unless it is removed. */
  async sync(start: number): Promise<void> {
    try {
      await this.#handles.use(this.path(start), (file) => file.sync())
    } catch (error) {
      if (!this.#isGone(start, error)) throw error
    }
  }

  /** Gives the file its full length; what was missing reads as zeros. */
  async extend(start: number): Promise<void> {
    await this.#handles.use(this.path(start), (file) => file.truncate(this.fileBytes))
  }

  async #readFile(start: number, part: Buffer, position: number): Promise<number> {
    try {
      return await this.#handles.read(this.path(start), part, position - start)
    } catch (error) {
      if (this.#isGone(start, error)) return 0
      throw error
    }
  }

  /** Whether the file could not be opened because it is being removed, or was meanwhile. */
  #isGone(start: number, error: unknown): boolean {
    return systemCodeOf(error) === 'ENOENT' && (start === this.#removing || !this.has(start))
  }

  #firstGap(): number | undefined {
    for (const [index, start] of this.#starts.entries()) {
      if (start % this.fileBytes !== 0) return start
      const previous = this.#starts[index - 1]
      if (previous !== undefined && start !== previous + this.fileBytes) return previous + this.fileBytes
    }
    return undefined
  }
}

async function listOrNothing(files: Pick<FileSystem, 'list'>, directory: string): Promise<readonly DirectoryEntry[]> {
  try {
    return await files.list(directory)
  } catch (error) {
    if (error instanceof FileSystemError && error.systemCode === 'ENOENT') return []
    throw error
  }
}
