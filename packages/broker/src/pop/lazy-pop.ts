import { messageOf } from '@cometmq/platform'
import type { Express, Lane } from '@cometmq/remoting'
import type { Pop, PopDeps } from './pop.ts'
import { reviveGroup, reviveTopicOf } from './revive-topic.ts'

/** POP as a broker has it that nobody pops from: loaded with the first request, or at the start when something was popped before. */
export class LazyPop {
  readonly #deps: PopDeps
  readonly #reviveTopic: string
  #pop: Pop | undefined
  #opening: Promise<Pop> | undefined
  #closed = false

  constructor(deps: PopDeps) {
    this.#deps = deps
    this.#reviveTopic = reviveTopicOf(deps.options.clusterName)
  }

  /** When it was loaded. */
  get opened(): Pop | undefined {
    return this.#pop
  }

  /** The first call loads it, and reads what was popped before. @throws StoreError, FileSystemError; the next call tries again */
  open(): Promise<Pop> {
    this.#opening ??= this.#open().catch((error: unknown) => {
      this.#opening = undefined
      throw error
    })
    return this.#opening
  }

  /** Something was popped before: it comes again in time whether or not anybody pops. */
  openWhenNeeded(): void {
    if (this.#isNeeded()) this.#openSoon()
  }

  /** A message can be read. Called for every message. */
  arrived(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    if (this.#pop !== undefined) this.#pop.arrived(topic, queueId, maxOffset, tagsCode)
    else if (topic === this.#reviveTopic) this.#openSoon()
  }

  /** The fast way of acknowledgements, which is there as soon as POP is loaded. `lane`: that of those that go the usual way. */
  expressAcks(lane: Lane): Express {
    let express: Express | undefined
    return {
      take: (bytes, start, end, peer) => {
        if (this.#pop === undefined) return false
        express ??= this.#pop.expressAcks(lane)
        return express.take(bytes, start, end, peer)
      },
    }
  }

  /** The group is to go on from another offset of the topic, which is written next: those who wait look again. */
  offsetReset(group: string, topic: string): void {
    this.#pop?.reviver.offsetReset()
    this.#pop?.wakeAll(topic, group)
  }

  /** Its offsets are forgotten, which is written next. */
  topicDeleted(topic: string): void {
    this.#pop?.reviver.offsetReset()
    this.#pop?.order.removeTopic(topic)
    this.#pop?.wakeAll(topic)
  }

  /** Its offsets may be forgotten, which is written next. */
  groupDeleted(group: string): void {
    this.#pop?.reviver.offsetReset()
    this.#pop?.order.removeGroup(group)
  }

  async close(): Promise<void> {
    this.#closed = true
    // What could not be opened has nothing to close, and whoever wanted it was told.
    const pop = await this.#opening?.catch(() => undefined)
    await pop?.close()
  }

  #isNeeded(): boolean {
    const { store, topics, offsets } = this.#deps
    const queues = topics.get(this.#reviveTopic)?.writeQueueNums ?? 0
    return Array.from({ length: queues }, (_, queueId) => queueId).some((queueId) => {
      const done = offsets.get(reviveGroup, this.#reviveTopic, queueId) ?? -1
      return store.maxOffset(this.#reviveTopic, queueId) > done + 1
    })
  }

  #openSoon(): void {
    if (this.#closed || this.#opening !== undefined) return
    this.open().catch((error: unknown) =>
      this.#deps.logger.error(
        { topic: this.#reviveTopic, reason: messageOf(error) },
        'what was popped before could not be read; it comes again when POP is next asked for',
      ),
    )
  }

  async #open(): Promise<Pop> {
    const { Pop } = await import('./pop.ts')
    const pop = await Pop.open(this.#deps)
    this.#pop = pop
    return pop
  }
}
