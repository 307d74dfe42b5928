import type { Clock } from '@cometmq/platform'
import { readQueueOffset, readStoreTimestamp } from '@cometmq/protocol/message'
import type { GetResult, MessageStore } from '@cometmq/store'
import { getMatching } from '../filter/get-matching.ts'
import { refusalOf } from '../messaging/refusals.ts'
import type { Wanted } from '../messaging/subscription-check.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { HandedOut } from '../offsets/handed-out.ts'
import type { OffsetResets } from '../offsets/offset-resets.ts'
import type { BrokerOptions } from '../options.ts'
import { orderReviveQueueId } from './extra-info.ts'
import type { HeldPops } from './held-pops.ts'
import type { OrderBatches } from './order-batches.ts'
import { type PopSource, type SourcesDeps, sourcesOf, type WhereToPop } from './pop-sources.ts'
import type { QueuePositions, TakenQueue } from './queue-positions.ts'
import type { ReviveLog } from './revive-log.ts'
import type { TakenBatch } from './taken-messages.ts'

export interface TakerDeps extends SourcesDeps {
  store: MessageStore
  offsets: ConsumerOffsets
  resets: OffsetResets
  handedOut: HandedOut
  positions: QueuePositions
  order: OrderBatches
  log: ReviveLog
  held: HeldPops
  options: BrokerOptions
  clock: Clock
}

/** What somebody wants to pop. */
export interface PopWish extends WhereToPop {
  readonly maxMessages: number
  readonly invisibleTime: number
  /** Where a group begins that was never there. */
  readonly begin: 'first' | 'newest'
  readonly attemptId: string | undefined
  readonly wanted: Wanted
}

/** What a pop has taken, all of it noted in the revive topic, or as handed out in order. */
export interface Taken {
  readonly popTime: number
  readonly reviveQueueId: number
  readonly batches: readonly TakenBatch[]
  /** Messages behind. */
  readonly rest: number
  /** By the clock: when a queue that is popped in order gives something again. */
  readonly visibleAt: number | undefined
  /** Queues that were read to their end, and where that was. */
  readonly ends: readonly { source: PopSource; offset: number }[]
}

/** How many reads one pop does in a queue whose messages do not match. */
const readsOfOneQueue = 8

/** One pop under way. */
class Hand {
  readonly wish: PopWish
  readonly popTime: number
  readonly reviveQueueId: number
  readonly notes: Promise<{ batch: TakenBatch } | { failure: unknown }>[] = []
  readonly ends: { source: PopSource; offset: number }[] = []
  messages = 0
  rest = 0
  visibleAt: number | undefined

  constructor(wish: PopWish, popTime: number, reviveQueueId: number) {
    this.wish = wish
    this.popTime = popTime
    this.reviveQueueId = reviveQueueId
  }

  get room(): number {
    return this.wish.maxMessages - this.messages
  }
}

/** Takes messages for groups: reads them, notes who has them until when, and moves the group's offset behind them when that note is kept. */
export class MessageTaker {
  readonly #deps: TakerDeps

  constructor(deps: TakerDeps) {
    this.#deps = deps
  }

  /** @throws Refusal when nothing could be noted, so that nothing is handed out */
  async take(wish: PopWish): Promise<Taken> {
    const { clock, log } = this.#deps
    const hand = new Hand(wish, clock.now(), wish.order ? orderReviveQueueId : log.nextQueueId())
    for (const source of sourcesOf(this.#deps, wish)) {
      const taking = this.#takeFrom(source, hand)
      if (taking !== undefined) await taking
    }
    const outcomes = await Promise.all(hand.notes)
    const batches = outcomes.flatMap((outcome) => ('batch' in outcome ? [outcome.batch] : []))
    const failed = outcomes.find((outcome) => 'failure' in outcome)
    if (batches.length === 0 && failed !== undefined) throw refusalOf((failed as { failure: unknown }).failure)
    const { popTime, reviveQueueId, rest, visibleAt, ends } = hand
    return { popTime, reviveQueueId, batches, rest, visibleAt, ends }
  }

  /** Whether something has come since the queues were read to their end. */
  hasMore({ ends }: Taken): boolean {
    return ends.some(({ source, offset }) => this.#deps.store.maxOffset(source.topic, source.queueId) > offset)
  }

  /** Where the group reads next; that is behind what is handed out and not noted yet. `undefined`: it was never there. */
  positionOf(group: string, { topic, queueId }: PopSource): number | undefined {
    const committed = this.#deps.offsets.get(group, topic, queueId)
    return (
      this.#deps.positions.next(group, topic, queueId) ??
      (committed === undefined || committed < 0 ? undefined : committed)
    )
  }

  #takeFrom(source: PopSource, hand: Hand): Promise<void> | undefined {
    const { positions, store, order } = this.#deps
    const { topic, queueId } = source
    const { wish } = hand
    const group = wish.group.groupName
    if (this.#isAtEnd(group, source, hand)) return undefined
    const queue = hand.room > 0 ? positions.enter(group, topic, queueId) : undefined
    if (queue === undefined) {
      hand.rest += Math.max(store.maxOffset(topic, queueId) - (this.positionOf(group, source) ?? 0), 0)
      return undefined
    }
    this.#takeReset(group, source, queue)
    if (wish.order) {
      const until = order.blockedUntil({ topic, group, queueId }, wish.attemptId)
      if (until !== undefined) {
        hand.visibleAt = Math.min(hand.visibleAt ?? Number.POSITIVE_INFINITY, until)
        this.#leave(group, source, wish, queue)
        return undefined
      }
    }
    return this.#read(source, hand, queue).finally(() => this.#leave(group, source, wish, queue))
  }

  /** Most queues have nothing new for the group, which is seen without entering them. */
  #isAtEnd(group: string, source: PopSource, hand: Hand): boolean {
    const { store, resets } = this.#deps
    const { topic, queueId } = source
    if (hand.wish.order || resets.has(group, topic, queueId)) return false
    const offset = this.positionOf(group, source)
    if (offset === undefined || offset !== store.maxOffset(topic, queueId)) return false
    hand.ends.push({ source, offset })
    return true
  }

  #leave(group: string, { topic, queueId }: PopSource, wish: PopWish, queue: TakenQueue): void {
    const { positions, held } = this.#deps
    if (positions.leave(group, topic, queueId, queue)) held.wake(group, wish.topic.topicName, queueId)
  }

  /** An administrator's offset is where the group goes on, also when what it has taken is not done. */
  #takeReset(group: string, { topic, queueId }: PopSource, queue: TakenQueue): void {
    const { resets, positions, order, offsets } = this.#deps
    const reset = resets.take(group, topic, queueId)
    if (reset === undefined) return
    positions.rewind(queue)
    order.forget({ topic, group, queueId })
    offsets.commit(group, topic, queueId, reset)
  }

  async #read(source: PopSource, hand: Hand, queue: TakenQueue): Promise<void> {
    const { offsets, store } = this.#deps
    const { topic, queueId } = source
    const group = hand.wish.group.groupName
    const begin = this.positionOf(group, source) ?? this.#begin(group, source, hand.wish)
    let offset = begin
    let result: GetResult
    for (let reads = 1; ; reads++) {
      const read = this.#get(source, offset, hand)
      result = read instanceof Promise ? await read : read
      if (result.records.length > 0 || result.nextBeginOffset === offset || reads === readsOfOneQueue) break
      // Nothing that is wanted lies before, or the offset was none of this queue.
      offset = result.nextBeginOffset
    }
    const { nextBeginOffset, records, behindBytes } = result
    hand.rest += Math.max(store.maxOffset(topic, queueId) - nextBeginOffset, 0)
    if (records.length > 0) {
      const found = { startOffset: offset, nextBeginOffset, records, behindBytes }
      return this.#handOut(source, hand, queue, found)
    }
    if (nextBeginOffset !== begin) {
      // What is pending commits first.
      if (queue.pending === 0) offsets.commit(group, topic, queueId, nextBeginOffset)
      else queue.next = nextBeginOffset
    }
    if (nextBeginOffset === offset) hand.ends.push({ source, offset })
  }

  #get({ topic, queueId }: PopSource, offset: number, { room, wish }: Hand): GetResult | Promise<GetResult> {
    const { matchesTag, matchesProperties } = wish.wanted
    const get = { topic, queueId, offset, maxMessages: room, ...(matchesTag && { matchesTag }) }
    if (matchesProperties !== undefined) return getMatching(this.#deps.store, get, matchesProperties)
    return this.#deps.store.get(get)
  }

  /** Where a group begins, which is noted at once. */
  #begin(group: string, { topic, queueId, retry }: PopSource, { begin }: PopWish): number {
    const { store, offsets, options } = this.#deps
    const min = store.minOffset(topic, queueId)
    const isAllRecent = options.popBeginsWhenInMemory && min <= 0 && store.isInMemory(topic, queueId, min)
    const offset =
      retry !== '0' || begin === 'first' ? min : isAllRecent ? 0 : Math.max(store.maxOffset(topic, queueId) - 1, 0)
    offsets.commit(group, topic, queueId, offset)
    return offset
  }

  #handOut(
    source: PopSource,
    hand: Hand,
    queue: TakenQueue,
    found: { startOffset: number; nextBeginOffset: number; records: readonly Buffer[]; behindBytes: number },
  ): void {
    const { startOffset, nextBeginOffset, records, behindBytes } = found
    const offsets = records.map((record) => readQueueOffset(record, 0))
    const batch: TakenBatch = { source, startOffset, offsets, records }
    hand.messages += records.length
    const { wish } = hand
    const group = wish.group.groupName
    const { topic, queueId } = source
    const behindMs = Math.max(0, hand.popTime - readStoreTimestamp(records.at(-1)!, 0))
    this.#deps.handedOut.note(group, topic, queueId, nextBeginOffset, records.length, behindBytes, behindMs)
    if (wish.order) {
      const { attemptId, invisibleTime } = wish
      const taken = { attemptId, popTime: hand.popTime, invisibleTime, offsets }
      const counts = this.#deps.order.handOut({ topic, group, queueId }, taken)
      hand.notes.push(Promise.resolve({ batch: { ...batch, counts } }))
    } else hand.notes.push(this.#note(batch, hand, queue, nextBeginOffset))
  }

  /** The group's offset follows when the check point has the promise of the flush mode: what was handed out is never forgotten. */
  async #note(
    batch: TakenBatch,
    hand: Hand,
    queue: TakenQueue,
    next: number,
  ): Promise<{ batch: TakenBatch } | { failure: unknown }> {
    const { positions, offsets, resets, handedOut, log, options } = this.#deps
    const { source, startOffset } = batch
    const { topic, queueId } = source
    const { popTime, reviveQueueId, wish } = hand
    const group = wish.group.groupName
    queue.next = next
    queue.pending++
    const { epoch } = queue
    try {
      await log.putCheckPoint(reviveQueueId, {
        topic,
        group,
        queueId,
        startOffset,
        popTime,
        brokerName: options.brokerName,
        invisibleTime: wish.invisibleTime,
        deltas: batch.offsets.map((offset) => offset - startOffset),
        bits: 0,
        suspend: false,
      })
    } catch (failure) {
      positions.settled(group, topic, queueId, queue, 'failed')
      return { failure }
    }
    if (queue.epoch === epoch && !resets.has(group, topic, queueId)) offsets.commit(group, topic, queueId, next)
    positions.settled(group, topic, queueId, queue, 'written')
    handedOut.noteCheckPoint(group, topic)
    return { batch }
  }
}
