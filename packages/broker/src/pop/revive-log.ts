import type { Address, Clock } from '@cometmq/platform'
import { encodeProperties, propertyNames } from '@cometmq/protocol/message'
import type { MessageStore, PutReceipt } from '@cometmq/store'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { type BatchId, type CheckPoint, encodeAcks, encodeCheckPoint, tagOf } from './check-point.ts'
import { reviveTopicOf } from './revive-topic.ts'

export interface ReviveLogDeps {
  store: MessageStore
  topics: TopicTable
  options: Pick<BrokerOptions, 'clusterName'>
  storeHost: Address
  clock: Clock
}

/**
 * The topic in which stands what was popped and what was acknowledged. A record has Apache's form, and resolves as a send does: when it has the promise of the flush mode.
 *
 * Differs: records are stored in the topic at once, and not when their time has come by way of the timer; see docs/adr/0003.
 */
export class ReviveLog {
  readonly topic: string
  readonly #deps: ReviveLogDeps
  readonly #underWay = new Set<Promise<PutReceipt>>()
  #last = 0

  constructor(deps: ReviveLogDeps) {
    this.#deps = deps
    this.topic = reviveTopicOf(deps.options.clusterName)
  }

  /** How many queues it has. */
  get queues(): number {
    return Math.max(this.#deps.topics.get(this.topic)?.writeQueueNums ?? 1, 1)
  }

  /** Which queue the next batch is noted in: each in its turn. */
  nextQueueId(): number {
    this.#last = (this.#last + 1) % this.queues
    return this.#last
  }

  /** @throws StoreError */
  putCheckPoint(reviveQueueId: number, point: CheckPoint): Promise<PutReceipt> {
    const { topic, queueId, startOffset, group, popTime, brokerName } = point
    const key = `${topic}@${queueId}@${startOffset}@${group}@${popTime}@${brokerName}@${tagOf.checkPoint}`
    const put = this.#put(reviveQueueId, tagOf.checkPoint, key, encodeCheckPoint(point))
    this.#underWay.add(put)
    const forget = () => void this.#underWay.delete(put)
    put.then(forget, forget)
    return put
  }

  /** Resolves when the check points that are being stored are, and whoever stores them has heard of it. */
  async settle(): Promise<void> {
    await Promise.allSettled([...this.#underWay])
  }

  /** @throws StoreError */
  putAcks(reviveQueueId: number, of: BatchId, offsets: readonly number[]): Promise<PutReceipt> {
    const { topic, queueId, group, popTime, brokerName } = of
    const isOne = offsets.length === 1
    const key = isOne
      ? `${topic}@${queueId}@${offsets[0]}@${group}@${popTime}@${brokerName}@${tagOf.ack}`
      : `${topic}@${queueId}@[${offsets.join(', ')}]@${group}@${popTime}@${tagOf.acks}`
    return this.#put(reviveQueueId, isOne ? tagOf.ack : tagOf.acks, key, encodeAcks(of, offsets))
  }

  #put(queueId: number, tag: string, key: string, body: Buffer): Promise<PutReceipt> {
    const { store, storeHost, clock } = this.#deps
    const now = clock.now()
    const properties = encodeProperties([
      [propertyNames.TAGS, tag],
      [propertyNames.UNIQ_KEY, key],
      // Apache's broker takes the latest of these for how far the time of the topic is.
      [propertyNames.TIMER_DELIVER_MS, String(now)],
    ])
    return store.put({
      topic: this.topic,
      queueId,
      flag: 0,
      sysFlag: 0,
      bornTimestamp: now,
      bornHost: storeHost,
      reconsumeTimes: 0,
      preparedTransactionOffset: 0,
      properties,
      body,
      waitStored: true,
    })
  }
}
