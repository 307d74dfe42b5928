import { type Address, type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { checkTransactionState } from '@cometmq/protocol/commands'
import { decodeRecord, propertyNames, propertyOf, type StoredMessage, systemTopics } from '@cometmq/protocol/message'
import { type MessageStore, type MessageToStore, type PutReceipt, StoreError } from '@cometmq/store'
import type { ProducerGroups } from '../connections/producer-groups.ts'
import { brokerLimits } from '../limits.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'
import { type CheckRules, verdictOn } from './check-rules.ts'
import type { Decisions } from './decisions.ts'
import { halfQueueId, recordForProducer, renewed, targetOf, unresolved } from './half-message.ts'
import { readDecided } from './read-decided.ts'

export interface ChecksDeps {
  store: MessageStore
  offsets: ConsumerOffsets
  producers: ProducerGroups
  topicCreation: TopicCreation
  decisions: Decisions
  options: Pick<BrokerOptions, 'brokerName' | 'transactionCheckMs'> & CheckRules
  /** So long after it was born a half message is given up. RocketMQ: fileReservedTime. */
  reservedMs: number
  /** The offsetMsgId of the record at a physical offset. */
  messageIdAt: (physicalOffset: number) => string
  storeHost: Address
  clock: Clock
  logger: Logger
}

/** How far the broker is with the two topics is kept as the offsets of this group. */
const group = 'CID_RMQ_SYS_TRANS'
const batchMessages = 32

/** A half message that was appended again, so that a producer can be asked about it. */
interface Check {
  message: MessageToStore
  receipt: PutReceipt
}

/** How far a round has come since the position was written last. */
interface Passage {
  /** The next offset to look at. */
  next: number
  /** What was appended again, and the bytes of its bodies. */
  appended: number
  bytes: number
  readonly checks: Check[]
  /** Nothing more is to be looked at in this round. */
  isEnd: boolean
}

/** Whether the store will never take the message: to try again would hold up all that are behind it. */
const isForGood = (error: unknown) =>
  error instanceof StoreError && (error.code === 'STORE_MESSAGE_ILLEGAL' || error.code === 'STORE_PROPERTIES_TOO_LONG')

/**
 * Looks for transactions that are open for too long and asks a producer of their group what became of them. What is open is appended again behind all others, so that the
 * queue of half messages is passed through once, whatever is open in it. Source: TransactionalMessageServiceImpl of Apache RocketMQ.
 *
 * Differs: a position that has moved is made durable before producers are asked, so that a crash does not have them asked twice.
 */
export class TransactionChecks {
  readonly #deps: ChecksDeps
  #timer: Timer | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(deps: ChecksDeps) {
    this.#deps = deps
  }

  start(): void {
    const { clock, options, logger } = this.#deps
    this.#timer = clock.every(options.transactionCheckMs, () => {
      this.#running ??= this.#round()
        .catch((error: unknown) =>
          logger.error(
            { reason: messageOf(error) },
            'open transactions were not checked to the end; the next round goes on there',
          ),
        )
        .finally(() => {
          this.#running = undefined
        })
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await this.#running
  }

  /** One passage through the half messages that are there at its beginning. */
  async #round(): Promise<void> {
    const { store, offsets, clock } = this.#deps
    const maxOffset = store.maxOffset(systemTopics.TRANS_HALF, halfQueueId)
    const from = this.#position(systemTopics.TRANS_HALF)
    const to = Math.min(maxOffset, from + brokerLimits.halfMessagesPerRound)
    const opOffset = this.#position(systemTopics.TRANS_OP_HALF)
    const decided = await readDecided(this.#deps, opOffset, { from, to }, () => !this.#closed)
    this.#advance(systemTopics.TRANS_OP_HALF, decided.nextOpOffset)
    const untilMs = clock.monotonicMs() + brokerLimits.checkRoundMs
    const mayGoOn = () => decided.isWhole && !this.#closed && clock.monotonicMs() < untilMs
    for (let next = from; ; ) {
      const passage: Passage = { next, appended: 0, bytes: 0, checks: [], isEnd: false }
      try {
        await this.#pass(passage, to, (offset) => decided.has(offset) || this.#deps.decisions.has(offset), mayGoOn)
      } finally {
        // What was appended again must not be so a second time, also when the next one could not be.
        this.#advance(systemTopics.TRANS_HALF, passage.next)
      }
      if (passage.appended > 0) await offsets.save()
      for (const check of passage.checks) this.#ask(check)
      if (passage.isEnd) return
      next = passage.next
    }
  }

  /** The next offset to look at; what retention has removed, and what is not there, is passed over. */
  #position(topic: string): number {
    const { store, offsets } = this.#deps
    const position = offsets.get(group, topic, halfQueueId) ?? 0
    const least = store.minOffset(topic, halfQueueId)
    return Math.min(Math.max(position, least), store.maxOffset(topic, halfQueueId))
  }

  /** A broker that never had a transaction has no offset of the group. */
  #advance(topic: string, offset: number): void {
    const { offsets } = this.#deps
    if (offset !== (offsets.get(group, topic, halfQueueId) ?? 0)) offsets.commit(group, topic, halfQueueId, offset)
  }

  /** Passes half messages, until the end, one that is to wait, or a limit of what is appended again before the position is written. */
  async #pass(
    passage: Passage,
    to: number,
    isDecided: (offset: number) => boolean,
    mayGoOn: () => boolean,
  ): Promise<void> {
    const { TRANS_HALF: topic } = systemTopics
    for (;;) {
      while (passage.next < to && isDecided(passage.next)) passage.next++
      passage.isEnd = passage.next >= to || !mayGoOn()
      if (passage.isEnd) return
      const request = { topic, queueId: halfQueueId, offset: passage.next, maxMessages: batchMessages }
      const result = await this.#deps.store.get(request)
      passage.isEnd = result.nextBeginOffset === passage.next
      for (const record of result.records) {
        const half = decodeRecord(record, 0)
        passage.next = Math.min(half.queueOffset, to)
        if (passage.next === to) break
        if (!isDecided(passage.next)) passage.isEnd = (await this.#passOne(half, isDecided, passage)) === 'waits'
        if (passage.isEnd) return
        passage.next++
        if (passage.appended >= brokerLimits.checksAtOnce || passage.bytes >= brokerLimits.checkBytesAtOnce) return
      }
      if (passage.isEnd) return
      if (result.records.length === 0) passage.next = result.nextBeginOffset
    }
  }

  async #passOne(
    half: StoredMessage,
    isDecided: (offset: number) => boolean,
    passage: Passage,
  ): Promise<'passed' | 'waits'> {
    const { decisions, options, reservedMs, clock } = this.#deps
    if (decisions.isUnderWay(half.queueOffset)) return 'waits'
    const verdict = verdictOn(half, clock.now(), options, reservedMs)
    if (verdict.kind === 'waits') return 'waits'
    if (verdict.kind !== 'unresolved' && verdict.firstOffset !== undefined && isDecided(verdict.firstOffset))
      return 'passed'
    const check = verdict.kind === 'unresolved' ? undefined : await this.#renew(half, verdict.changes)
    if (check === undefined) await this.#giveUp(half)
    passage.appended++
    passage.bytes += half.body.length
    if (check !== undefined && verdict.kind === 'check') passage.checks.push(check)
    return 'passed'
  }

  /** Appends an open half message again; a decision on either place counts from now on for the new one. `undefined` when it has no room for what changes. */
  async #renew(half: StoredMessage, changes: Readonly<Record<string, string>>): Promise<Check | undefined> {
    const { store, decisions } = this.#deps
    const message = renewed({ ...half, body: Buffer.from(half.body) }, changes)
    try {
      const receipt = await store.put(message)
      decisions.moved(half.queueOffset, receipt.queueOffset)
      return { message, receipt }
    } catch (error) {
      if (isForGood(error)) return undefined
      throw error
    }
  }

  async #giveUp(half: StoredMessage): Promise<void> {
    const { store, topicCreation, logger } = this.#deps
    const { queueOffset, properties } = half
    const about = {
      queueOffset,
      key: propertyOf(properties, propertyNames.UNIQ_KEY),
      group: propertyOf(properties, propertyNames.PGROUP),
    }
    await topicCreation.forUnresolved()
    try {
      await store.put(unresolved({ ...half, body: Buffer.from(half.body) }))
    } catch (error) {
      if (!isForGood(error)) throw error
      logger.error({ ...about, reason: messageOf(error) }, 'a transaction that no producer has decided was given up')
      return
    }
    logger.warn(
      about,
      `a transaction that no producer has decided was given up; its message is in ${systemTopics.TRANS_CHECK_MAX_TIME}`,
    )
  }

  /** Asks one producer, or nobody when none of the group is there: that counts as a check too. */
  #ask({ message, receipt }: Check): void {
    const { producers, decisions, messageIdAt, storeHost, options, logger } = this.#deps
    if (decisions.has(receipt.queueOffset)) return
    const { properties } = message
    const producerGroup = propertyOf(properties, propertyNames.PGROUP) ?? ''
    const producer = producers.next(producerGroup)
    if (producer === undefined) {
      logger.debug({ producerGroup, queueOffset: receipt.queueOffset }, 'nobody to ask about an open transaction')
      return
    }
    const uniqKey = propertyOf(properties, propertyNames.UNIQ_KEY)
    const request = {
      topic: targetOf(properties)!.topic,
      tranStateTableOffset: receipt.queueOffset,
      commitLogOffset: receipt.physicalOffset,
      msgId: uniqKey,
      transactionId: propertyOf(properties, propertyNames.TRANSACTION_ID) ?? uniqKey,
      offsetMsgId: messageIdAt(receipt.physicalOffset),
      brokerName: options.brokerName,
    }
    producer.peer.oneway(checkTransactionState, request, recordForProducer(message, receipt, storeHost))
  }
}
