import assert from 'node:assert/strict'

interface DeletedMessage {
  readonly text: string
  readonly topic: string
  readonly queueId: number
}

/** The messages of one deletion by queue. */
type Deletion = ReadonlyMap<string, readonly string[]>

/** Which messages belong to a topic whose deletion has begun, and what a crash may leave of them: all of a queue or nothing, and nothing once it has ended. */
export class CrashDeletions {
  readonly #open = new Set<Deletion>()
  readonly #ended = new Set<string>()
  readonly #going = new Set<string>()

  /** What is known at this moment: a fork of the future. */
  copy(): CrashDeletions {
    const other = new CrashDeletions()
    for (const deletion of this.#open) other.#open.add(deletion)
    for (const text of this.#ended) other.#ended.add(text)
    for (const text of this.#going) other.#going.add(text)
    return other
  }

  begin(messages: readonly DeletedMessage[]): Deletion {
    const deletion = new Map<string, string[]>()
    for (const { text, topic, queueId } of messages) {
      if (this.#going.has(text)) continue
      this.#going.add(text)
      const key = `${topic} ${queueId}`
      deletion.set(key, [...(deletion.get(key) ?? []), text])
    }
    this.#open.add(deletion)
    return deletion
  }

  end(deletion: Deletion): void {
    this.#open.delete(deletion)
    for (const texts of deletion.values()) for (const text of texts) this.#ended.add(text)
  }

  mayLack(text: string): boolean {
    return this.#going.has(text)
  }

  check(found: ReadonlyMap<string, unknown>, isPromised: (text: string) => boolean): void {
    for (const text of this.#ended) assert.ok(!found.has(text), `"${text}" was deleted and is there`)
    for (const deletion of this.#open) {
      for (const [queue, texts] of deletion) {
        const lost = texts.filter((text) => isPromised(text) && !found.has(text))
        const left = texts.filter((text) => found.has(text))
        assert.ok(lost.length === 0 || left.length === 0, `a deletion took ${lost} of ${queue}, and left ${left}`)
      }
    }
  }

  /** A crash has decided what became of the deletions that were under way. */
  settle(): void {
    this.#open.clear()
    this.#going.clear()
  }
}
