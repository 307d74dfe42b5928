import { assert, type File, type FileSystem } from '@cometmq/platform'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/**
 * The log's files as the writer needs them: the one being written is kept open, as are those before it until they are flushed, and the next is
 * made ahead, when half of the current one is written. A file is used only when its name and length are durable.
 */
export class LogFiles {
  readonly #files: FileSystem
  readonly #sequence: SegmentSequence
  readonly #open = new Map<number, File>()
  /** Files are made one after the other. */
  #preparing: Promise<unknown> = Promise.resolve()
  #preparedStart = -1

  constructor(files: FileSystem, sequence: SegmentSequence) {
    this.#files = files
    this.#sequence = sequence
  }

  /** The file that holds `position`, when it is open for writing. */
  opened(position: number): File | undefined {
    return this.#open.get(this.#sequence.startOf(position))
  }

  /** Opens the file that holds `position`, making it when it is missing. */
  async open(position: number): Promise<File> {
    const start = this.#sequence.startOf(position)
    await this.#prepare(start)
    let file = this.#open.get(start)
    if (file === undefined) this.#open.set(start, (file = await this.#files.open(this.#sequence.path(start))))
    return file
  }

  /** Makes the next file when it is time to. The result is for whoever wants to know of a failure. */
  prepareAhead(written: number): Promise<void> | undefined {
    const { fileBytes } = this.#sequence
    const start = this.#sequence.startOf(written)
    if (written - start < fileBytes / 2 || this.#preparedStart >= start + fileBytes) return undefined
    return this.#prepare(start + fileBytes)
  }

  /** Makes durable what was written in `[from, to)`, file by file. */
  async sync(from: number, to: number): Promise<void> {
    const { fileBytes } = this.#sequence
    for (let start = this.#sequence.startOf(from); start < to; start += fileBytes) {
      const file = this.#open.get(start)
      if (file !== undefined) await file.sync()
      else if (this.#sequence.has(start)) await this.#sequence.sync(start)
    }
  }

  /** Closes files that end at or before `flushed`: they are not written any more. */
  async release(flushed: number): Promise<void> {
    for (const [start, file] of this.#open) {
      if (start + this.#sequence.fileBytes > flushed) continue
      this.#open.delete(start)
      await file.close()
    }
  }

  /** Closes all files. With `end`, removes those made ahead that hold nothing. */
  async close(end: number | undefined): Promise<void> {
    await this.#preparing.catch(() => undefined)
    for (const file of this.#open.values()) await file.close()
    this.#open.clear()
    if (end === undefined) return
    const removed = await this.#sequence.removeFrom(end)
    if (removed > 0) await this.#files.syncDirectory(this.#sequence.directory)
  }

  #prepare(start: number): Promise<void> {
    this.#preparedStart = Math.max(this.#preparedStart, start)
    const prepared = this.#preparing.then(() => this.#make(start))
    // A failure is told to whoever asked; the next one tries again.
    this.#preparing = prepared.catch(() => undefined)
    return prepared
  }

  async #make(start: number): Promise<void> {
    const sequence = this.#sequence
    if (sequence.has(start)) return
    assert(sequence.isEmpty || start === sequence.last! + sequence.fileBytes, `the log's next file is not ${start}`)
    await sequence.createSynced(start)
    try {
      await this.#files.syncDirectory(sequence.directory)
    } catch (error) {
      await sequence.removeLast()
      throw error
    }
  }
}
