import { type FileSystem, type Logger, messageOf, replaceFile } from '@cometmq/platform'
import { StoreError } from '../error.ts'

/** Deletions that are remembered; the oldest goes first, and its records could then bring the queues back after a crash. */
const maxDeletions = 100_000
const maxFileBytes = 64 * 1024 * 1024

/** Records of the topic before `before` in the log, stored at `at` or earlier, belong to no queue any more. */
export interface Deletion {
  readonly before: number
  /** Milliseconds. An Apache broker may cut the log below `before` and store other messages there: those are younger. */
  readonly at: number
}

/**
 * Topics that were deleted while the log still has their records, from which recovery would make the queues again. Kept in `deletedTopics`, a file of
 * the store that Apache brokers do not know, as JSON: `{"T":{"before":4096,"at":1700000000000}}`. Forgotten when the log does not go back so far.
 */
export class DeletedTopics {
  readonly #files: FileSystem
  readonly #path: string
  readonly #logger: Logger
  readonly #topics: Map<string, Deletion>
  #saved: Promise<void> = Promise.resolve()

  private constructor(files: FileSystem, path: string, logger: Logger, topics: Map<string, Deletion>) {
    this.#files = files
    this.#path = path
    this.#logger = logger
    this.#topics = topics
  }

  /** Reads the file; refuses one that cannot be read, since without it deleted messages would come back. */
  static async load(files: FileSystem, path: string, logger: Logger): Promise<DeletedTopics> {
    if ((await files.stat(path)) === undefined) return new DeletedTopics(files, path, logger, new Map())
    try {
      const content: unknown = JSON.parse((await files.readFile(path, maxFileBytes)).toString())
      return new DeletedTopics(files, path, logger, deletionsOf(content))
    } catch (error) {
      throw new StoreError(
        'STORE_CORRUPT',
        `${path}, the list of deleted topics, cannot be read: ${messageOf(error)}; remove it, and delete the topics again that come back`,
        { cause: error },
      )
    }
  }

  get isEmpty(): boolean {
    return this.#topics.size === 0
  }

  topics(): IterableIterator<[string, Deletion]> {
    return this.#topics.entries()
  }

  /** Whether the record is one of a topic that was deleted after it was stored. */
  covers(topic: string, physicalOffset: number, storeTimestamp: number): boolean {
    const deletion = this.#topics.get(topic)
    return deletion !== undefined && physicalOffset < deletion.before && storeTimestamp <= deletion.at
  }

  add(topic: string, deletion: Deletion): void {
    this.#topics.delete(topic)
    this.#topics.set(topic, deletion)
    for (const oldest of this.#topics.keys()) {
      if (this.#topics.size <= maxDeletions) return
      this.#logger.warn(
        { topic: oldest, limit: maxDeletions },
        'forgetting that a topic was deleted: there are too many',
      )
      this.#topics.delete(oldest)
    }
  }

  /** The log ends at `end`: what is stored behind it from now on was not deleted. And it begins at `first`: older records are gone. */
  async fitTo(first: number, end: number): Promise<void> {
    let isChanged = false
    for (const [topic, { before, at }] of this.#topics) {
      if (before > first && before <= end) continue
      if (before <= first) this.#topics.delete(topic)
      else this.#topics.set(topic, { before: end, at })
      isChanged = true
    }
    if (isChanged) await this.save()
  }

  /** Resolves when the list is durable. */
  save(): Promise<void> {
    const write = () =>
      replaceFile(this.#files, this.#path, Buffer.from(JSON.stringify(Object.fromEntries(this.#topics))))
    // One write at a time; one that failed has been told to its caller, and the next is tried all the same.
    this.#saved = this.#saved.then(write, write)
    return this.#saved
  }
}

function deletionsOf(content: unknown): Map<string, Deletion> {
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
  if (!isObject(content)) throw new SyntaxError('it is no JSON object')
  const topics = new Map<string, Deletion>()
  for (const [topic, value] of Object.entries(content)) {
    if (!isObject(value) || !Number.isSafeInteger(value.before) || !Number.isSafeInteger(value.at)) {
      throw new SyntaxError(`the entry of ${topic} is no position and time`)
    }
    topics.set(topic, { before: value.before as number, at: value.at as number })
  }
  return topics
}
