import type { Clock } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { SubscriptionGroupConfig, TopicConfig } from '@cometmq/protocol/bodies'
import type { PullMessageRequest, PullMessageResponse } from '@cometmq/protocol/commands'
import { permission, pullSysFlag, readStoreTimestamp } from '@cometmq/protocol/message'
import { Refusal, type Reply, type RequestContext } from '@cometmq/remoting'
import type { GetResult, MessageStore } from '@cometmq/store'
import { getMatching } from '../filter/get-matching.ts'
import { refuseLiteRead } from '../lite-topics.ts'
import type { HeldPulls } from '../long-polling/held-pulls.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { HandedOut } from '../offsets/handed-out.ts'
import type { OffsetResets } from '../offsets/offset-resets.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { type LentMemory, ReplyMemory } from './reply-memory.ts'
import { type SubscriptionDeps, type Wanted, wantedBy } from './subscription-check.ts'

export interface PullDeps extends SubscriptionDeps {
  store: MessageStore
  topics: TopicTable
  offsets: ConsumerOffsets
  resets: OffsetResets
  handedOut: HandedOut
  heldPulls: HeldPulls
  options: BrokerOptions
  clock: Clock
}

type PullReply = Reply<PullMessageResponse, Buffer>

/**
 * Reads one queue from an offset. When there is nothing yet and the client allows it, the request is held and read again, once, when a message arrives or
 * its time is up. Source of order and codes: PullMessageProcessor of Apache RocketMQ.
 */
export function readMessages(deps: PullDeps) {
  const memory = new ReplyMemory()
  return (request: PullMessageRequest, _body: Buffer, context: RequestContext): PullReply | Promise<PullReply> => {
    const group = permittedGroup(deps, request)
    const topic = permittedTopic(deps, request)
    refuseLiteRead(request.topic, context.ext)
    const wanted = wantedBy(deps, request, group)
    const parts = { deps, request, group, topic, context, memory, lent: undefined }
    return wanted instanceof Promise
      ? wanted.then((settled) => readWanted({ ...parts, wanted: settled }))
      : readWanted({ ...parts, wanted })
  }
}

function readWanted(reader: Reader): PullReply | Promise<PullReply> {
  const reset = resetAnswer(reader)
  // What the request commits is from before the reset.
  if (reset !== undefined) return reset
  commitOffset(reader.deps, reader.request)
  const result = read(reader, reader.request.queueOffset)
  return result instanceof Promise
    ? result.then((settled) => answerOrHold(reader, settled))
    : answerOrHold(reader, result)
}

/** One pull with all that was found out about it. */
interface Reader {
  deps: PullDeps
  request: PullMessageRequest
  group: SubscriptionGroupConfig
  topic: TopicConfig
  wanted: Wanted
  context: RequestContext
  memory: ReplyMemory
  /** For the records of the last read. */
  lent: LentMemory | undefined
}

function permittedGroup({ groups, options }: PullDeps, { consumerGroup }: PullMessageRequest): SubscriptionGroupConfig {
  if ((options.permission & permission.READ) === 0) {
    throw forbidden(
      'BROKER',
      `the broker[${options.brokerName}] pulling message is forbidden: its brokerPermission is ${options.permission}, without 4 (read)`,
    )
  }
  const group = groups.getOrCreate(consumerGroup)
  if (group === undefined) {
    throw new Refusal(
      responseCode.SUBSCRIPTION_GROUP_NOT_EXIST,
      `subscription group [${consumerGroup}] does not exist: create it with an admin tool, or switch autoCreateSubscriptionGroup on`,
    )
  }
  if (!group.consumeEnable)
    throw forbidden(
      'GROUP',
      `subscription group no permission, ${consumerGroup}: its consumeEnable is false, set by an administrator, or for being slow (disableConsumeIfConsumerReadSlowly); updateSubGroup -s true lets it read again`,
    )
  return group
}

function permittedTopic({ topics }: PullDeps, request: PullMessageRequest): TopicConfig {
  const topic = topics.get(request.topic)
  if (topic === undefined) {
    throw new Refusal(
      responseCode.TOPIC_NOT_EXIST,
      `topic[${request.topic}] not exist, apply first please! This broker has no such topic; send a message to it or create it with an admin tool`,
    )
  }
  if ((topic.perm & permission.READ) === 0)
    throw forbidden(
      'TOPIC',
      `the topic[${request.topic}] pulling message is forbidden: its permission is ${topic.perm}, without 4 (read)`,
    )
  if (request.queueId < 0 || request.queueId >= topic.readQueueNums) {
    throw new Refusal(
      responseCode.INVALID_PARAMETER,
      `queueId[${request.queueId}] is illegal, topic:[${request.topic}] topicConfig.readQueueNums:[${topic.readQueueNums}]; refresh the topic's route`,
    )
  }
  return topic
}

/** Who forbids it, as the field `forbiddenType` says it. */
const forbiddenBy = { BROKER: 1, GROUP: 2, TOPIC: 3 } as const

const forbidden = (by: keyof typeof forbiddenBy, remark: string) =>
  new Refusal(responseCode.NO_PERMISSION, remark, { ext: { forbiddenType: String(forbiddenBy[by]) } })

function commitOffset({ offsets }: PullDeps, request: PullMessageRequest): void {
  if ((request.sysFlag & pullSysFlag.COMMIT_OFFSET) === 0) return
  offsets.commit(request.consumerGroup, request.topic, request.queueId, request.commitOffset)
}

function read(reader: Reader, offset: number): GetResult | Promise<GetResult> {
  const { deps, request, wanted } = reader
  const { topic, queueId, maxMsgNums } = request
  const { matchesTag, matchesProperties } = wanted
  const get = { topic, queueId, offset, maxMessages: maxMsgNums, ...(matchesTag && { matchesTag }) }
  // Puts the results of several reads together.
  if (matchesProperties !== undefined) return getMatching(deps.store, get, matchesProperties)
  reader.lent = reader.memory.lend()
  return deps.store.get({ ...get, memory: reader.lent.take, lease: reader.lent.lease })
}

function answerOrHold(reader: Reader, result: GetResult): PullReply | Promise<PullReply> {
  const isWaiting = codeOf(result, reader.request.queueOffset) === responseCode.PULL_NOT_FOUND
  const mayHold = (reader.request.sysFlag & pullSysFlag.SUSPEND) !== 0
  return isWaiting && mayHold ? holdThenAnswer(reader) : answer(reader, result)
}

async function holdThenAnswer(reader: Reader): Promise<PullReply> {
  const { deps, request, wanted, context } = reader
  const { topic, queueId } = request
  const { clock, heldPulls, store, options } = deps
  const deadlineMs = clock.monotonicMs() + (options.longPolling ? request.suspendTimeoutMillis : options.shortPollingMs)
  for (let offset = request.queueOffset; ; ) {
    // Between the read and here a cold read may have let a message arrive.
    if (store.maxOffset(topic, queueId) <= offset) {
      context.hold()
      const holdMs = deadlineMs - clock.monotonicMs()
      const outcome = await heldPulls.hold({
        topic,
        queueId,
        offset,
        holdMs,
        matches: wanted.matchesTag,
        group: request.consumerGroup,
        peer: context.peer,
      })
      if (outcome === 'full') throw tooManyHeld(heldPulls)
      // The topic can have been deleted meanwhile, or have lost a permission.
      permittedTopic(deps, request)
      const reset = resetAnswer(reader)
      if (reset !== undefined) return reset
    }
    const result = await read(reader, offset)
    // Only a filter on properties lets messages pass that were not worth waking up for; it is held on behind them.
    const hasPassedBy = wanted.matchesProperties !== undefined && result.status === 'NO_MATCHED_MESSAGE'
    if (!hasPassedBy || context.peer.isClosed || clock.monotonicMs() >= deadlineMs) return answer(reader, result)
    offset = result.nextBeginOffset
  }
}

/** Told that there is nothing, a client would ask again at once. */
function tooManyHeld({ limit }: HeldPulls): Refusal {
  const remark = `[OVERLOAD]system busy, start flow control for a while: ${limit} pulls are held (maxHeldPulls); pull again later, use fewer consumers or queues, or raise maxHeldPulls`
  return new Refusal(responseCode.SYSTEM_BUSY, remark)
}

/** Of an offset that an administrator has set, the next pull learns in this way; clients go on from there. */
function resetAnswer({ deps, request, group, topic }: Reader): PullReply | undefined {
  const { topic: name, queueId, consumerGroup } = request
  const offset = deps.resets.take(consumerGroup, name, queueId)
  // Who has asked for the committed offset since, is there already.
  if (offset === undefined || offset === request.queueOffset) return undefined
  return {
    code: responseCode.PULL_OFFSET_MOVED,
    remark: 'OFFSET_RESET',
    fields: {
      suggestWhichBrokerId: group.brokerId,
      nextBeginOffset: offset,
      minOffset: deps.store.minOffset(name, queueId),
      maxOffset: deps.store.maxOffset(name, queueId),
      topicSysFlag: topic.topicSysFlag,
      groupSysFlag: group.groupSysFlag,
    },
  }
}

function answer({ deps, request, group, topic, lent }: Reader, result: GetResult): PullReply {
  const code = codeOf(result, request.queueOffset)
  if (code === responseCode.SUCCESS) {
    const { consumerGroup, queueId } = request
    const { nextBeginOffset, records, behindBytes } = result
    const behindMs = Math.max(0, deps.clock.now() - readStoreTimestamp(records.at(-1)!, 0))
    deps.handedOut.note(consumerGroup, request.topic, queueId, nextBeginOffset, records.length, behindBytes, behindMs)
  }
  return {
    code,
    remark: result.status,
    fields: {
      suggestWhichBrokerId: group.brokerId,
      nextBeginOffset: result.nextBeginOffset,
      minOffset: result.minOffset,
      maxOffset: result.maxOffset,
      topicSysFlag: topic.topicSysFlag,
      groupSysFlag: group.groupSysFlag,
    },
    ...(code === responseCode.SUCCESS && { bytes: result.records, copied: lent?.giveBack }),
  }
}

function codeOf(result: GetResult, requestedOffset: number): number {
  switch (result.status) {
    case 'FOUND':
      return responseCode.SUCCESS
    case 'NO_MATCHED_MESSAGE':
    case 'MESSAGE_WAS_REMOVING':
      return responseCode.PULL_RETRY_IMMEDIATELY
    case 'NO_MATCHED_LOGIC_QUEUE':
    case 'NO_MESSAGE_IN_QUEUE':
      return requestedOffset === 0 ? responseCode.PULL_NOT_FOUND : responseCode.PULL_OFFSET_MOVED
    case 'OFFSET_FOUND_NULL':
    case 'OFFSET_OVERFLOW_ONE':
      return responseCode.PULL_NOT_FOUND
    case 'OFFSET_OVERFLOW_BADLY':
    case 'OFFSET_TOO_SMALL':
      return responseCode.PULL_OFFSET_MOVED
  }
}
