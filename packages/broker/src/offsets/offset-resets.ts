import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'

/**
 * Offsets that an administrator has set for a group and that its consumers do not know of yet. The next pull of the queue is told of it, once; until then what consumers
 * commit is passed over, because they count from before. Not kept on disk: a committed offset is, and consumers who connect to a broker anew ask for that.
 */
export class OffsetResets {
  readonly #resets = new Map<string, number>()

  get size(): number {
    return this.#resets.size
  }

  /** @throws Refusal when too many wait to be told. */
  set(group: string, topic: string, queueId: number, offset: number): void {
    const key = keyOf(group, topic, queueId)
    if (this.#resets.size >= brokerLimits.offsetResets && !this.#resets.has(key)) {
      throw new Refusal(
        responseCode.SYSTEM_ERROR,
        `${this.#resets.size} queues wait for their consumers to be told of a reset, and the limit is ${brokerLimits.offsetResets}: start the consumers of the groups that were reset, or delete these groups`,
      )
    }
    this.#resets.set(key, offset)
  }

  has(group: string, topic: string, queueId: number): boolean {
    return this.#resets.size > 0 && this.#resets.has(keyOf(group, topic, queueId))
  }

  /** The offset to go on from, if there is one; the next call finds none. */
  take(group: string, topic: string, queueId: number): number | undefined {
    if (this.#resets.size === 0) return undefined
    const key = keyOf(group, topic, queueId)
    const offset = this.#resets.get(key)
    this.#resets.delete(key)
    return offset
  }

  removeTopic(topic: string): void {
    for (const key of this.#resets.keys()) if (key.startsWith(`${topic}@`)) this.#resets.delete(key)
  }

  removeGroup(group: string): void {
    for (const key of this.#resets.keys()) if (key.split('@')[1] === group) this.#resets.delete(key)
  }
}

const keyOf = (group: string, topic: string, queueId: number) => `${topic}@${group}@${queueId}`
