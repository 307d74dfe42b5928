import type { MessageRequestMode, QueryAssignmentRequestBody } from '@cometmq/protocol/bodies'
import type { popMessage as PopMessage, PopMessageResponse } from '@cometmq/protocol/commands/pop'
import {
  ackMessage,
  batchAckMessage,
  changeMessageInvisibletime,
  notification,
  pollingInfo,
  popMessage,
  queryAssignment,
  setMessageRequestMode,
} from '@cometmq/protocol/commands/pop'
import { propertyNames, propertyOf, type StoredMessage } from '@cometmq/protocol/message'
import type { Answer } from '@cometmq/remoting'
import { recordsOf, type TestClient } from '../test-client.ts'

export interface PopOptions {
  group?: string
  queueId?: number
  max?: number
  invisibleMs?: number
  /** 0: not to be held. */
  pollMs?: number
  /** By default the first message. */
  initMode?: 0 | 1
  exp?: string
  expType?: string
  order?: boolean
  attemptId?: string
}

/** A popped message with the handle that its consumer gives back. */
export interface Popped {
  body: string
  message: StoredMessage
  /** The topic that it really is in. */
  topic: string
  queueId: number
  offset: number
  extraInfo: string
  reconsumeTimes: number
}

export interface PopAnswer {
  code: number
  remark: string | undefined
  fields: PopMessageResponse
  messages: Popped[]
}

const invisibleMs = 10_000

/** Pops as RocketMQ's clients do. What is not awaited by the method itself ends in `-ing`: the test moves the clock. */
export class TestPopper {
  readonly client: TestClient
  readonly group: string

  constructor(client: TestClient, group = 'PG') {
    this.client = client
    this.group = group
  }

  async popping(topic: string, options: PopOptions = {}): Promise<PopAnswer> {
    const { group = this.group, queueId = -1, max = 32, pollMs = 0, initMode = 0 } = options
    const request = {
      ...{ consumerGroup: group, topic, queueId, maxMsgNums: max, initMode },
      invisibleTime: options.invisibleMs ?? invisibleMs,
      pollTime: pollMs,
      bornTime: this.client.clock.now(),
      exp: options.exp,
      expType: options.expType,
      order: options.order,
      attemptId: options.attemptId,
    }
    const answer = await this.client.remoting.invoke(this.client.address, popMessage, request, {
      accept: [209, 210],
      timeoutMs: pollMs + 5_000,
    })
    return popAnswerOf(answer, topic, group)
  }

  pop(topic: string, options: PopOptions = {}): Promise<PopAnswer> {
    return this.client.clock.until(this.popping(topic, options))
  }

  async bodies(topic: string, options: PopOptions = {}): Promise<string[]> {
    return (await this.pop(topic, options)).messages.map(({ body }) => body)
  }

  acknowledging({ topic, queueId, extraInfo, offset }: Popped, group = this.group) {
    const request = { consumerGroup: group, topic, queueId, extraInfo, offset }
    return this.client.remoting.invoke(this.client.address, ackMessage, request)
  }

  async ack(message: Popped, group = this.group): Promise<number> {
    return (await this.client.clock.until(this.acknowledging(message, group))).code
  }

  async changeInvisible(message: Popped, ms: number, options: { suspend?: boolean } = {}): Promise<Popped> {
    const { topic, queueId, extraInfo, offset } = message
    const request = { consumerGroup: this.group, topic, queueId, extraInfo, offset, invisibleTime: ms, ...options }
    const { fields } = await this.client.ask(changeMessageInvisibletime, request)
    const { popTime, invisibleTime, reviveQid } = fields
    const [, , , , retry, broker] = extraInfo.split(' ')
    const handle = [offset, popTime, invisibleTime, reviveQid, retry, broker, queueId, offset].join(' ')
    return { ...message, extraInfo: handle }
  }

  /** Acknowledges messages of one batch in one request. */
  async ackBatch(messages: readonly Popped[], topic: string, group = this.group): Promise<number> {
    const [first] = messages
    const [so, pt, it, rq, r = '0', , q] = first!.extraInfo.split(' ')
    const bits = Buffer.alloc(64)
    for (const { offset } of messages) bits[(offset - Number(so)) >> 3]! |= 1 << ((offset - Number(so)) & 7)
    const numbers = { so: Number(so), pt: Number(pt), it: Number(it), rq: Number(rq), q: Number(q) }
    const entry = { c: group, t: topic, r, b: bits.toString('base64'), ...numbers }
    const body = { acks: [entry], brokerName: 'broker-a' }
    return (await this.client.ask(batchAckMessage, {}, { body })).code
  }

  notifying(topic: string, options: { pollMs?: number; exp?: string; order?: boolean; queueId?: number } = {}) {
    const { pollMs = 0, queueId = -1, ...rest } = options
    const request = { consumerGroup: this.group, topic, queueId, pollTime: pollMs, bornTime: this.client.clock.now() }
    return this.client.remoting.invoke(
      this.client.address,
      notification,
      { ...request, ...rest },
      { timeoutMs: pollMs + 5_000 },
    )
  }

  async hasMessage(topic: string, options: Parameters<TestPopper['notifying']>[1] = {}): Promise<boolean> {
    return (await this.client.clock.until(this.notifying(topic, options))).fields.hasMsg
  }

  async waiting(topic: string, queueId = -1): Promise<number> {
    const request = { consumerGroup: this.group, topic, queueId }
    return (await this.client.ask(pollingInfo, request)).fields.pollingNum
  }

  async setMode(mode: MessageRequestMode): Promise<void> {
    await this.client.ask(setMessageRequestMode, {}, { body: mode })
  }

  /** `broker:queue` of each, and how they are read. */
  async assigned(topic: string, options: Partial<QueryAssignmentRequestBody> = {}) {
    const body = {
      clientId: this.client.clientId,
      consumerGroup: this.group,
      messageModel: 'CLUSTERING' as const,
      strategyName: 'AVG',
      topic,
      ...options,
    }
    const { messageQueueAssignments } = (await this.client.ask(queryAssignment, {}, { body })).body
    return messageQueueAssignments?.map(
      ({ messageQueue, mode }) => `${messageQueue.brokerName}:${messageQueue.queueId} ${mode}`,
    )
  }
}

/** The handle of a message is made of the answer's fields, as the Java client does. */
function popAnswerOf(
  { code, remark, fields, body }: Answer<typeof PopMessage>,
  topic: string,
  group: string,
): PopAnswer {
  const offsets = new Map((fields.msgOffsetInfo ?? '').split(';').map((item) => itemOf(item)))
  const starts = new Map((fields.startOffsetInfo ?? '').split(';').map((item) => itemOf(item)))
  const counts = new Map((fields.orderCountInfo ?? '').split(';').map((item) => itemOf(item)))
  const seen = new Map<string, number>()
  const messages = recordsOf(body).map((message): Popped => {
    const given = propertyOf(message.properties, propertyNames.POP_CK)
    const common = { message, body: message.body.toString(), reconsumeTimes: message.reconsumeTimes }
    if (given !== undefined) {
      const [, , , , retry, , queueId, offset] = given.split(' ')
      const real = retry === '2' ? `%RETRY%${group}+${topic}` : `%RETRY%${group}_${topic}`
      return { ...common, topic: real, queueId: Number(queueId), offset: Number(offset), extraInfo: given }
    }
    const key = `0 ${message.queueId}`
    const index = seen.get(key) ?? 0
    seen.set(key, index + 1)
    const offset = Number(offsets.get(key)?.split(',')[index])
    const { popTime, invisibleTime, reviveQid } = fields
    const extraInfo = [starts.get(key), popTime, invisibleTime, reviveQid, 0, 'broker-a', message.queueId, offset]
    const count = counts.get(`0 qo${message.queueId}%${offset}`) ?? counts.get(key) ?? message.reconsumeTimes
    return {
      ...common,
      topic,
      queueId: message.queueId,
      offset,
      extraInfo: extraInfo.join(' '),
      reconsumeTimes: Number(count),
    }
  })
  return { code, remark, fields, messages }
}

/** `<retry> <queue> <value>`. */
function itemOf(item: string): [string, string] {
  const [retry, queue, value = ''] = item.split(' ')
  return [`${retry} ${queue}`, value]
}
