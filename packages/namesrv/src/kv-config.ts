import { type FileSystem, readReplaceable, replaceFile } from '@cometmq/platform'
import { KvConfigClosedError, KvConfigUnreadableError } from './error.ts'

/** The namespace of the order topics: topic → `brokerA:4;brokerB:4`. */
export const orderTopicNamespace = 'ORDER_TOPIC_CONFIG'

type Table = Map<string, Map<string, string>>

interface Change {
  readonly apply: (table: Table) => void
  readonly done: () => void
  readonly failed: (error: unknown) => void
}

/**
 * Key-value configuration in namespaces, kept in a file in Apache's form. A change is visible once it is durable, and its caller is told only
 * then; changes that come while the file is being written share the next write.
 *
 * Differs: KVConfigManager changes memory first, overwrites the file in place and answers SUCCESS when that failed.
 */
export class KvConfig {
  readonly #files: FileSystem
  readonly #path: string
  #table: Table = new Map()
  #waiting: Change[] = []
  #writing: Promise<void> | undefined
  #isClosed = false
  #revision = 0

  constructor(path: string, files: FileSystem) {
    this.#path = path
    this.#files = files
  }

  /** Grows with every change. */
  get revision(): number {
    return this.#revision
  }

  /** @throws KvConfigUnreadableError when there is a file, and neither it nor its backup can be read. */
  async load(): Promise<void> {
    let isTorn = false
    const parseNoting = (content: Buffer) => {
      try {
        return parse(content)
      } catch (error) {
        isTorn = true
        throw error
      }
    }
    try {
      this.#table = (await readReplaceable(this.#files, this.#path, parseNoting)) ?? new Map()
    } catch (error) {
      throw new KvConfigUnreadableError(this.#path, error)
    }
    // The next change makes the file its own backup: a torn one must not take the place of the good backup.
    if (isTorn) await replaceFile(this.#files, this.#path, Buffer.from(format(this.#table)))
  }

  get(namespace: string, key: string): string | undefined {
    return this.#table.get(namespace)?.get(key)
  }

  /** `undefined` when the namespace is unknown; one whose last key was removed stays, empty. */
  list(namespace: string): ReadonlyMap<string, string> | undefined {
    return this.#table.get(namespace)
  }

  orderConfigOf(topic: string): string | undefined {
    return this.get(orderTopicNamespace, topic)
  }

  put(namespace: string, key: string, value: string): Promise<void> {
    return this.#change((table) => {
      const entries = table.get(namespace)
      if (entries === undefined) table.set(namespace, new Map([[key, value]]))
      else entries.set(key, value)
    })
  }

  delete(namespace: string, key: string): Promise<void> {
    return this.#change((table) => table.get(namespace)?.delete(key))
  }

  /** Refuses further changes and waits for those that were accepted. Idempotent. */
  async close(): Promise<void> {
    this.#isClosed = true
    await this.#writing
  }

  /** As many wait at most as the lane of the KV requests admits. */
  #change(apply: (table: Table) => void): Promise<void> {
    if (this.#isClosed) return Promise.reject(new KvConfigClosedError())
    return new Promise((done, failed) => {
      this.#waiting.push({ apply, done, failed })
      this.#writing ??= this.#writeAll()
    })
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const changes = this.#waiting
      this.#waiting = []
      const next: Table = new Map([...this.#table].map(([namespace, entries]) => [namespace, new Map(entries)]))
      for (const { apply } of changes) apply(next)
      try {
        await replaceFile(this.#files, this.#path, Buffer.from(format(next)), { keepPrevious: true })
      } catch (error) {
        for (const { failed } of changes) failed(error)
        continue
      }
      this.#table = next
      this.#revision++
      for (const { done } of changes) done()
    }
    this.#writing = undefined
  }
}

function parse(content: Buffer): Table {
  const text = content.toString()
  // Apache's NameServer empties the file before it writes it.
  if (text.trim() === '') throw new SyntaxError('the file is empty')
  const { configTable = {} } = objectOf(JSON.parse(text), 'the file')
  const table: Table = new Map()
  for (const [namespace, entries] of Object.entries(objectOf(configTable, 'configTable'))) {
    table.set(
      namespace,
      new Map(Object.entries(objectOf(entries, namespace)).map(([key, value]) => [key, String(value)])),
    )
  }
  return table
}

function objectOf(value: unknown, what: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  throw new SyntaxError(`${what} is not an object`)
}

function format(table: Table): string {
  const namespaces = [...table].map(([namespace, entries]) => [namespace, Object.fromEntries(entries)])
  return JSON.stringify({ configTable: Object.fromEntries(namespaces) })
}
