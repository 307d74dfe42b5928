import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { decodeRecord } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import { brokerLimits } from '../limits.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'
import { type OpenBatch, OpenBatches } from './open-batches.ts'
import { originTopicOf } from './retry-topics.ts'
import type { ReviveLog } from './revive-log.ts'
import { RevivePositions } from './revive-positions.ts'
import { ReviveTail, type ReviveTailDeps } from './revive-tail.ts'
import { retryTopicFor, revivedOf } from './revived-message.ts'

export interface ReviverDeps {
  store: MessageStore
  offsets: ConsumerOffsets
  groups: SubscriptionGroups
  topicCreation: TopicCreation
  log: ReviveLog
  options: Pick<BrokerOptions, 'retryTopicV2'>
  clock: Clock
  logger: Logger
}

/** How often that offset is noted. RocketMQ: `reviveInterval`. */
const positionMs = 1_000
/** What could not be put where it comes again is tried again after so long. */
const retryMs = 1_000
/** A timer does not wait longer than this, so that a clock that is set forward is noticed. */
const longestWaitMs = 60_000

/**
 * Brings messages again that were popped and not acknowledged, in the moment in which their invisible time ends. Source of what is written where: PopReviveService of Apache
 * RocketMQ 5.5.0, which looks every second, and some seconds later.
 */
export class Reviver {
  readonly open = new OpenBatches()
  /** Messages of a group can be popped again. */
  onRevived: ((group: string, topic: string) => void) | undefined
  readonly #deps: ReviverDeps
  readonly #tails: ReviveTail[]
  readonly #positions: RevivePositions
  readonly #period: Timer
  #isStarted = false
  #timer: Timer | undefined
  /** By the clock: when it goes off. */
  #timerMs = 0
  #underWay = new Set<Promise<void>>()
  #noting: Promise<unknown> | undefined
  #closed = false

  constructor(deps: ReviverDeps) {
    this.#deps = deps
    const { store, log, offsets, clock, logger } = deps
    this.#positions = new RevivePositions(offsets, log)
    const onCheckPoint: ReviveTailDeps['onCheckPoint'] = (...read) => {
      if (!this.#isStarted) this.#positions.replayed(...read)
    }
    this.#tails = Array.from({ length: log.queues }, (_, queueId) => {
      const next = Math.max(this.#positions.first(queueId), store.minOffset(log.topic, queueId))
      // An offset behind the end is of a topic that was there before.
      const nextOffset = Math.min(next, store.maxOffset(log.topic, queueId))
      return new ReviveTail(queueId, nextOffset, {
        ...{ store, log, open: this.open, clock, logger, onCheckPoint },
      })
    })
    this.#period = clock.every(positionMs, () => this.#notePositions())
  }

  /** Reads what is open; until that is done nothing may be popped, and nothing comes again. */
  async start(): Promise<void> {
    await Promise.all(this.#tails.map((tail) => tail.catchUp()))
    this.#positions.advance()
    this.#isStarted = true
    this.#schedule()
  }

  /** An administrator has set or deleted offsets, and that is written next. */
  offsetReset(): void {
    this.#positions.noteReset(this.#tails)
  }

  /** A record can be read in a queue of the revive topic. */
  arrived(queueId: number): void {
    const reading = this.#tails[queueId]?.catchUp()
    if (reading === undefined) this.#schedule()
    else void reading.then(() => this.#schedule())
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    this.#period.cancel()
    await Promise.all([...this.#underWay, this.#noting])
    await Promise.all(this.#tails.map((tail) => tail.close()))
    this.#positions.noteDone(this.#tails, this.open)
    await this.#positions.noteSeen(this.#tails)
  }

  /** A timer that runs and is early enough stays: with every record of the topic the first batch may be another. */
  #schedule(): void {
    const first = this.open.due.first
    if (this.#closed || first === undefined || this.#underWay.size >= brokerLimits.revivalsAtOnce) return
    if (this.#timer !== undefined && this.#timerMs <= first.dueMs) return
    this.#timer?.cancel()
    this.#timer = undefined
    const { clock } = this.#deps
    const now = clock.now()
    const waitMs = Math.min(first.dueMs - now, longestWaitMs)
    if (waitMs <= 0) return this.#reviveDue()
    this.#timerMs = now + waitMs
    this.#timer = clock.after(waitMs, () => {
      this.#timer = undefined
      this.#schedule()
    })
  }

  #reviveDue(): void {
    const now = this.#deps.clock.now()
    while (this.#underWay.size < brokerLimits.revivalsAtOnce) {
      const { first } = this.open.due
      if (first === undefined || first.dueMs > now) break
      this.open.due.remove(first)
      first.isReviving = true
      const reviving = this.#revive(first).finally(() => {
        first.isReviving = false
        this.#underWay.delete(reviving)
        if (this.open.has(first) && !this.#closed) {
          first.dueMs = this.#deps.clock.now() + retryMs
          this.open.due.add(first)
        }
        this.#schedule()
      })
      this.#underWay.add(reviving)
    }
    if (this.#underWay.size < brokerLimits.revivalsAtOnce) this.#schedule()
  }

  /** What is not done after it is tried again. */
  async #revive(batch: OpenBatch): Promise<void> {
    const { log, logger } = this.#deps
    const tail = this.#tails[batch.reviveQueueId]!
    // An acknowledgement that is in the log counts, also when it was not read yet.
    const end = this.#deps.store.maxOffset(log.topic, batch.reviveQueueId)
    await tail.catchUp()
    if (tail.nextOffset < end || !this.open.has(batch)) return
    const offsets = this.open.offsetsLeft(batch)
    try {
      const outcomes = await Promise.allSettled(await this.#putAgain(batch, offsets))
      const done = offsets.filter((_, i) => outcomes[i]!.status === 'fulfilled')
      const failure = outcomes.find(({ status }) => status === 'rejected')
      this.open.done(batch, done)
      // For the next start, when an older batch still holds the position back.
      if (done.length > 0) await log.putAcks(batch.reviveQueueId, batch.point, done)
      if (failure !== undefined) throw (failure as PromiseRejectedResult).reason
    } catch (error) {
      const { topic, group, queueId } = batch.point
      logger.error(
        { topic, group, queueId, reason: messageOf(error) },
        'messages that were not acknowledged could not all be brought again; trying again',
      )
    }
  }

  /** For each message what is settled when it is where it comes again, or is no more. */
  async #putAgain({ point }: OpenBatch, offsets: readonly number[]): Promise<Promise<void>[]> {
    const { topic, group } = point
    const { groups, offsets: committed, topicCreation, options, logger } = this.#deps
    if (groups.getOrCreate(group) === undefined) {
      logger.info({ topic, group, messages: offsets.length }, 'messages do not come again: their group was deleted')
      return offsets.map(() => Promise.resolve())
    }
    const retryTopic = retryTopicFor(point, options.retryTopicV2)
    await topicCreation.forRetry(retryTopic, 1)
    if (committed.get(group, retryTopic, 0) === undefined) committed.commit(group, retryTopic, 0, 0)
    return offsets.map((offset) => this.#putOne(retryTopic, point, offset))
  }

  async #putOne(retryTopic: string, point: OpenBatch['point'], offset: number): Promise<void> {
    const { store, logger } = this.#deps
    const { topic, queueId, group } = point
    const { records } = await store.get({ topic, queueId, offset, maxMessages: 1 })
    const message = records[0] === undefined ? undefined : decodeRecord(records[0], 0)
    if (message?.queueOffset !== offset) {
      logger.warn({ topic, queueId, offset, group }, 'a message does not come again: the log has it no more')
      return
    }
    await store.put(revivedOf(message, point, retryTopic))
    this.onRevived?.(group, originTopicOf(topic, group))
  }

  #notePositions(): void {
    this.#positions.noteDone(this.#tails, this.open)
    this.#noting ??= Promise.all([this.#positions.noteSeen(this.#tails), this.#renewOld()]).finally(() => {
      this.#noting = undefined
    })
  }

  /** A batch that stays open long is noted again at the end of its queue: the next start reads less, and retention does not remove what is needed. */
  async #renewOld(): Promise<void> {
    const { log, clock, logger } = this.#deps
    for (const { queueId, nextOffset } of this.#tails) {
      for (let i = 0; i < brokerLimits.renewalsAtOnce && !this.#closed; i++) {
        const oldest = this.open.oldest(queueId)
        if (oldest === undefined || oldest.isReviving) break
        const isFar = nextOffset - oldest.reviveOffset > brokerLimits.reviveSpan
        if (!isFar && clock.now() - oldest.storedMs < brokerLimits.reviveRecordMs) break
        try {
          await log.putCheckPoint(queueId, { ...oldest.point, bits: oldest.bits })
        } catch (error) {
          logger.warn(
            { topic: log.topic, queueId, reason: messageOf(error) },
            'an old record of a popped batch could not be noted again; trying again',
          )
          break
        }
        await this.#tails[queueId]!.catchUp()
      }
    }
  }
}
