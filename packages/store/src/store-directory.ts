import { type FileLock, type FileSystem, isOutOfSpace, messageOf } from '@cometmq/platform'
import { StoreError } from './error.ts'
import type { StoreSettings } from './options.ts'

/** Where things lie in a store, and who may use it. */
export class StoreDirectory {
  readonly root: string
  readonly commitLog: string
  readonly consumeQueues: string
  readonly extendedQueues: string
  readonly batchQueues: string
  readonly index: string
  readonly checkpoint: string
  /** Not known to Apache brokers, like the next. */
  readonly queueCensus: string
  readonly deletedTopics: string
  readonly abort: string
  readonly lock: string
  /** Says while a log file is short for a moment: `recovery/log-cut.ts`. */
  readonly cutNote: string
  readonly #files: FileSystem

  constructor(files: FileSystem, settings: StoreSettings) {
    this.#files = files
    this.root = settings.storePathRootDir.replace(/(.)\/+$/, '$1')
    this.commitLog = settings.storePathCommitLog ?? `${this.root}/commitlog`
    if (this.commitLog.includes(',')) {
      throw new StoreError(
        'STORE_OPEN_FAILED',
        `storePathCommitLog names several folders (${this.commitLog}), which is not supported: put the log in one`,
      )
    }
    this.consumeQueues = `${this.root}/consumequeue`
    this.batchQueues = `${this.root}/batchconsumequeue`
    this.extendedQueues = `${this.root}/consumequeue_ext`
    this.index = `${this.root}/index`
    this.checkpoint = `${this.root}/checkpoint`
    this.queueCensus = `${this.root}/queueCensus`
    this.deletedTopics = `${this.root}/deletedTopics`
    this.abort = `${this.root}/abort`
    this.lock = `${this.root}/lock`
    this.cutNote = `${this.root}/log-cut`
  }

  /** Takes the directory for this process alone, making it when it is missing. */
  async acquire(): Promise<FileLock> {
    await this.#files.makeDirectory(this.root)
    const lock = await this.#files.lock(this.lock)
    if (lock !== undefined) return lock
    throw new StoreError(
      'STORE_LOCKED',
      `another broker uses the store ${this.root}${await this.#user()}: stop it, or give this one another directory`,
    )
  }

  /** Whether the store was not closed. */
  async wasAborted(): Promise<boolean> {
    return (await this.#files.stat(this.abort)) !== undefined
  }

  /** From now on the store counts as not closed. */
  async markRunning(pid: number): Promise<void> {
    const file = await this.#files.open(this.abort, { create: true })
    try {
      await file.truncate(0)
      await file.write(Buffer.from(String(pid)), 0)
      await file.sync()
    } catch (error) {
      // The name alone says that the store is open. On a full disk it opens all the same, so that it can be read.
      if (!isOutOfSpace(error)) throw error
    } finally {
      await file.close()
    }
    await this.#files.syncDirectory(this.root)
  }

  async markClosed(): Promise<void> {
    await this.#files.remove(this.abort)
    await this.#files.syncDirectory(this.root)
  }

  async #user(): Promise<string> {
    try {
      const pid = (await this.#files.readFile(this.abort, 64)).toString('latin1').trim()
      return /^\d+$/.test(pid) ? ` (process ${pid})` : ''
    } catch (error) {
      return ` (its process is unknown: ${messageOf(error)})`
    }
  }
}
