import { type FileSystem, isOutOfSpace, replaceFile } from '@cometmq/platform'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { zeroRest } from '../segment/zero-rest.ts'

/**
 * Empties the rest of a log file behind the end of the log, however much there is, by making the file short and long again: reading a gigabyte
 * of holes takes seconds. A note says so while it is done, since a file of another length would otherwise be refused. It names the file and its
 * full length.
 */
export class LogCut {
  readonly #files: FileSystem
  readonly #folder: string
  readonly #notePath: string

  /** `notePath` is a file in `folder`. */
  constructor(files: FileSystem, folder: string, notePath: string) {
    this.#files = files
    this.#folder = folder
    this.#notePath = notePath
  }

  /** Everything from `position` to the end of its file reads as zeros afterwards, durably. */
  async cut(sequence: SegmentSequence, position: number): Promise<void> {
    const start = sequence.startOf(position)
    if (!sequence.has(start)) return
    const path = sequence.path(start)
    if (!(await this.#note(`${sequence.fileBytes} ${path}`))) {
      await zeroRest(sequence, position)
      return sequence.sync(start)
    }
    const file = await this.#files.open(path)
    try {
      await file.truncate(position - start)
      await file.truncate(sequence.fileBytes)
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#removeNote()
  }

  /** Gives a file its length back that an earlier process left short. Before the log is looked at. */
  async finish(): Promise<void> {
    if ((await this.#files.stat(this.#notePath)) === undefined) return
    const note = /^(\d+) (.+)$/s.exec((await this.#files.readFile(this.#notePath)).toString())
    if (note !== null && (await this.#files.stat(note[2]!)) !== undefined) {
      const file = await this.#files.open(note[2]!)
      try {
        if ((await file.size()) < Number(note[1])) await file.truncate(Number(note[1]))
        await file.sync()
      } finally {
        await file.close()
      }
    }
    await this.#removeNote()
  }

  /** False when the disk is full: then the slower way has to do, which takes no room. */
  async #note(text: string): Promise<boolean> {
    try {
      await replaceFile(this.#files, this.#notePath, Buffer.from(text))
      return true
    } catch (error) {
      if (isOutOfSpace(error)) return false
      throw error
    }
  }

  async #removeNote(): Promise<void> {
    await this.#files.remove(this.#notePath)
    await this.#files.syncDirectory(this.#folder)
  }
}
