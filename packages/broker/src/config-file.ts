import {
  type Clock,
  type FileSystem,
  isOutOfSpace,
  type Logger,
  messageOf,
  replaceFile,
  type Timer,
} from '@cometmq/platform'

/** What was not written for want of room, and nobody waits for, is tried again after so long. */
const retryFullMs = 5_000

/**
 * One JSON file of `config/` that follows a table in memory. `save` resolves when a state at least as new as the call is durable; calls that come
 * while a write is under way share the next one.
 */
export class ConfigFile {
  readonly path: string
  readonly #files: FileSystem
  readonly #logger: Logger
  readonly #encode: () => Buffer
  readonly #clock: Clock | undefined
  #retry: Timer | undefined
  #isUnwritten = false
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string, encode: () => Buffer, world: { files: FileSystem; logger: Logger; clock?: Clock }) {
    this.path = path
    this.#encode = encode
    this.#files = world.files
    this.#logger = world.logger
    this.#clock = world.clock
  }

  /** @throws FileSystemError when the file cannot be written; the old content is still there. */
  save(): Promise<void> {
    // A write that waits begins only some turns after the one before it has ended: nobody may begin another between.
    if (this.#next !== undefined) return this.#next
    if (this.#writing === undefined) return (this.#writing = this.#write())
    this.#next = this.#writing
      .catch(() => {})
      .then(() => {
        this.#next = undefined
        return (this.#writing = this.#write())
      })
    return this.#next
  }

  /** Saves without anybody waiting; a failure is logged, and the next save tries again. When the disk is full, that is in some seconds. */
  saveSoon(): void {
    this.save().catch((error: unknown) => {
      if (isOutOfSpace(error)) this.#saveLater()
    })
  }

  /** Resolves when nothing is being written. */
  async settle(): Promise<void> {
    this.#retry?.cancel()
    for (let write = this.#last(); write !== undefined; write = this.#last()) await write.catch(() => {})
  }

  #saveLater(): void {
    this.#retry?.cancel()
    this.#retry = this.#clock?.after(retryFullMs, () => this.saveSoon())
  }

  #last(): Promise<void> | undefined {
    return this.#next ?? this.#writing
  }

  async #write(): Promise<void> {
    try {
      await replaceFile(this.#files, this.path, this.#encode(), { keepPrevious: true })
      if (this.#isUnwritten) this.#logger.info({ path: this.path }, 'a configuration file was written again')
      this.#isUnwritten = false
    } catch (error) {
      // Once, however often it is tried.
      if (!this.#isUnwritten)
        this.#logger.error(
          { path: this.path, reason: messageOf(error) },
          'a configuration file was not written; the one before stays',
        )
      this.#isUnwritten = true
      throw error
    } finally {
      this.#writing = undefined
    }
  }
}
