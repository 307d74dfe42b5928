import { responseCode } from '@cometmq/protocol'
import { encodeQueueOffsetList, type MessageQueue, queueOffsets } from '@cometmq/protocol/bodies'
import { resetConsumerClientOffset } from '@cometmq/protocol/commands'
import type { InvokeBrokerToResetOffsetRequest } from '@cometmq/protocol/commands/admin'
import { Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { ConsumerGroup, ConsumerGroups } from '../connections/consumer-groups.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import type { HeldPulls } from '../long-polling/held-pulls.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import type { ConsumerOffsets } from './consumer-offsets.ts'
import type { OffsetResets } from './offset-resets.ts'

export interface ResetDeps {
  store: MessageStore
  topics: TopicTable
  groups: SubscriptionGroups
  offsets: ConsumerOffsets
  resets: OffsetResets
  heldPulls: HeldPulls
  /** POP consumers who wait. */
  pop: { offsetReset(group: string, topic: string): void }
  consumers: ConsumerGroups
  options: BrokerOptions
}

type Request = InvokeBrokerToResetOffsetRequest
type Offsets = Map<MessageQueue, number>

/**
 * The broker sets the offsets of a group, whether or not consumers are connected; those that are learn of it with their next pull of a queue, and a pull that is held is
 * let go for it. Resolves when the offsets are durable. Source: AdminBrokerProcessor of Apache RocketMQ 5.5.0. @throws Refusal
 */
export async function resetHere(deps: ResetDeps, request: Request): Promise<Offsets> {
  const { offsets, resets, heldPulls, pop, groups } = deps
  const { group, topic } = request
  const { readQueueNums } = topicOf(deps, request)
  if (groups.get(group) === undefined)
    throw new Refusal(responseCode.SUBSCRIPTION_GROUP_NOT_EXIST, `Group ${group} does not exist`)
  const found = await offsetsFor(deps, request, readQueueNums)
  for (const [{ queueId }, offset] of found) {
    resets.set(group, topic, queueId, offset)
    offsets.commit(group, topic, queueId, offset)
    heldPulls.offsetReset(group, topic, queueId)
  }
  pop.offsetReset(group, topic)
  await offsets.save()
  return found
}

/**
 * The connected consumers of a group are told to go on from other offsets, and commit them themselves. Without force no offset grows.
 * Source: Broker2Client of Apache RocketMQ. @throws Refusal
 */
export async function resetByClients(deps: ResetDeps, request: Request): Promise<Offsets> {
  const { offsets, consumers } = deps
  const { group, topic, isForce, timestamp } = request
  const { writeQueueNums } = topicOf(deps, request)
  for (let queueId = 0; queueId < writeQueueNums; queueId++) {
    if (offsets.get(group, topic, queueId) === undefined)
      throw new Refusal(
        responseCode.SYSTEM_ERROR,
        `THe consumer group <${group}> not exist: it has no offset in queue ${queueId} of ${topic}`,
      )
  }
  const found = await offsetsFor(deps, request, writeQueueNums)
  for (const [queue, offset] of found) {
    const current = offsets.get(group, topic, queue.queueId) ?? 0
    if (!isForce && offset >= current) found.set(queue, current)
  }
  const online = consumers.get(group)
  if (online === undefined) {
    throw new Refusal(
      responseCode.CONSUMER_NOT_ONLINE,
      `Consumer not online, so can not reset offset, Group: ${group} Topic: ${topic} Timestamp: ${timestamp}`,
    )
  }
  tell(online, request, found)
  return found
}

function tell({ members }: ConsumerGroup, { group, topic, timestamp, isForce }: Request, offsets: Offsets): void {
  for (const { peer, language } of members.values()) {
    const request = { group, topic, timestamp, isForce }
    // Clients in C++ read no keys that are objects.
    peer.oneway(
      resetConsumerClientOffset,
      request,
      language === 'CPP' ? encodeQueueOffsetList(offsets) : queueOffsets.encode({ offsetTable: offsets }),
    )
  }
}

function topicOf({ topics }: ResetDeps, { topic }: Request) {
  const config = topics.get(topic)
  if (config === undefined) throw new Refusal(responseCode.TOPIC_NOT_EXIST, `Topic ${topic} does not exist`)
  return config
}

/** For one queue, or for all: an offset that is given, the end of the queue for a time below 0, else the first message stored at the time or later. */
async function offsetsFor(deps: ResetDeps, request: Request, queues: number): Promise<Offsets> {
  const { store, options } = deps
  const { topic, timestamp, queueId: only } = request
  if (only >= queues) {
    throw new Refusal(
      responseCode.INVALID_PARAMETER,
      `queueId[${only}] is illegal, topic:[${topic}] has ${queues} queues; refresh the topic's route`,
    )
  }
  const found: Offsets = new Map()
  for (const queueId of only >= 0 ? [only] : Array.from({ length: queues }, (_, i) => i)) {
    const wanted = only >= 0 && request.offset !== undefined && request.offset !== -1 ? request.offset : undefined
    const offset =
      wanted ??
      (timestamp < 0 ? store.maxOffset(topic, queueId) : await store.searchOffset(topic, queueId, timestamp, 'LOWER'))
    if (wanted !== undefined) refuseOutside(store, topic, queueId, wanted)
    found.set({ brokerName: options.brokerName, queueId, topic }, offset)
  }
  return found
}

function refuseOutside(store: MessageStore, topic: string, queueId: number, offset: number): void {
  const min = store.minOffset(topic, queueId)
  const max = store.maxOffset(topic, queueId)
  if (offset >= min && offset <= max + 1) return
  throw new Refusal(responseCode.SYSTEM_ERROR, `Target offset ${offset} not in consume queue range [${min}-${max}]`)
}
