import { type FileSystem, type Logger, replaceFile } from '@cometmq/platform'

/**
 * One JSON file of `config/` that follows a table in memory. `save` resolves when a state at least as new as the call is durable; calls that come
 * while a write is under way share the next one.
 */
export class ConfigFile {
  readonly path: string
  readonly #files: FileSystem
  readonly #logger: Logger
  readonly #encode: () => Buffer
  #writing: Promise<void> | undefined
  #next: Promise<void> | undefined

  constructor(path: string, encode: () => Buffer, world: { files: FileSystem; logger: Logger }) {
    this.path = path
    this.#encode = encode
    this.#files = world.files
    this.#logger = world.logger
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

  /** Saves without anybody waiting; a failure is logged, and the next save tries again. */
  saveSoon(): void {
    this.save().catch((error: unknown) =>
      this.#logger.error({ path: this.path, error }, 'a configuration file was not written'),
    )
  }

  /** Resolves when nothing is being written. */
  async settle(): Promise<void> {
    for (let write = this.#last(); write !== undefined; write = this.#last()) await write.catch(() => {})
  }

  #last(): Promise<void> | undefined {
    return this.#next ?? this.#writing
  }

  async #write(): Promise<void> {
    try {
      await replaceFile(this.#files, this.path, this.#encode(), { keepPrevious: true })
    } finally {
      this.#writing = undefined
    }
  }
}
