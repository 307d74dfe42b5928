import { type File, type FileSystem, type Logger, messageOf } from '@cometmq/platform'
import type { OpeningReads } from './opening-reads.ts'

interface Entry {
  readonly opened: Promise<File>
  users: number
  /** Closed by whoever uses it last: the file is removed, or is going to be. */
  isForgotten?: true
}

/**
 * Handles for reading and for derived files, shared by all sequences of a store: opened when first needed, and no more than `limit` kept open.
 * The least recently used is closed first; one that is in use never is, so the limit can be passed for as long as more are in use at once.
 */
export class OpenFiles {
  readonly #files: FileSystem
  readonly #logger: Logger
  readonly #limit: number
  readonly #entries = new Map<string, Entry>()
  readonly #closing = new Set<Promise<void>>()

  /** While the store is opened: small reads of files that are not open go this way. */
  opening: OpeningReads | undefined

  constructor(files: FileSystem, logger: Logger, limit: number) {
    this.#files = files
    this.#logger = logger
    this.#limit = limit
  }

  get size(): number {
    return this.#entries.size
  }

  /** See `File.read`. */
  read(path: string, buffer: Uint8Array, position: number): Promise<number> {
    const aside = () => this.use(path, (file) => file.read(buffer, position))
    if (this.opening === undefined || this.#entries.has(path)) return aside()
    return this.opening.read(path, buffer, position, aside)
  }

  /** Runs `operation` on the file at `path`, which stays open meanwhile. */
  async use<T>(path: string, operation: (file: File) => Promise<T>): Promise<T> {
    const entry = this.#entries.get(path) ?? { opened: this.#files.open(path), users: 0 }
    this.#entries.delete(path)
    this.#entries.set(path, entry)
    entry.users++
    try {
      return await operation(await this.#opened(path, entry))
    } finally {
      entry.users--
      if (entry.isForgotten === true && entry.users === 0) this.#dismiss(path, entry)
      else this.#evict()
    }
  }

  /** Closes the file at `path`, before it is removed; when somebody is using it, as soon as that has ended. */
  async forget(path: string): Promise<void> {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#entries.delete(path)
    if (entry.users > 0) entry.isForgotten = true
    else await (await entry.opened).close()
  }

  async close(): Promise<void> {
    for (const [path, entry] of this.#entries) this.#dismiss(path, entry)
    await Promise.all(this.#closing)
  }

  async #opened(path: string, entry: Entry): Promise<File> {
    try {
      return await entry.opened
    } catch (error) {
      if (this.#entries.get(path) === entry) this.#entries.delete(path)
      throw error
    }
  }

  #evict(): void {
    if (this.#entries.size <= this.#limit) return
    for (const [path, entry] of this.#entries) {
      if (entry.users > 0) continue
      this.#dismiss(path, entry)
      if (this.#entries.size <= this.#limit) return
    }
  }

  #dismiss(path: string, entry: Entry): void {
    if (this.#entries.get(path) === entry) this.#entries.delete(path)
    const closed = entry.opened
      .then((file) => file.close())
      .catch((error) => this.#logger.warn({ path, error: messageOf(error) }, 'a file could not be closed'))
      .finally(() => this.#closing.delete(closed))
    this.#closing.add(closed)
  }
}
