import { type Address, type Network, silentLogger } from '@cometmq/platform'
import { type Command, type RequestInputOf, type ResponseOf, responseCode } from '@cometmq/protocol'
import type { HeartbeatData, SubscriptionData } from '@cometmq/protocol/bodies'
import {
  consumerSendMsgBack,
  getConsumerListByGroup,
  heartBeat,
  litePullMessage,
  notifyConsumerIdsChanged,
  pullMessage,
  queryConsumerOffset,
  sendMessageV2,
  unregisterClient,
  updateConsumerOffset,
} from '@cometmq/protocol/commands'
import { deleteTopicInBroker, updateAndCreateTopic } from '@cometmq/protocol/commands/admin'
import { decodeRecord, parseTagExpression, type StoredMessage } from '@cometmq/protocol/message'
import {
  type Answer,
  handle,
  type InvokeOptions,
  Lane,
  type Processor,
  RemotingClient,
  ResponseError,
  Router,
} from '@cometmq/remoting'
import type { SimulatedClock } from '@cometmq/testkit/sim'
import { RawPeer } from './raw-peer.ts'

export interface SendOptions {
  queueId?: number
  properties?: string
  reconsumeTimes?: number
  maxReconsumeTimes?: number
  defaultTopic?: string
  defaultTopicQueueNums?: number
  sysFlag?: number
  flag?: number
}

export interface PullOptions {
  queueId?: number
  /** 0: not to be held. */
  holdMs?: number
  /** `undefined`: the subscription of the group's heartbeat. */
  expression?: string | undefined
  expressionType?: string
  subVersion?: number
  group?: string
  maxMsgNums?: number
  /** Commits this offset on the way. */
  commitOffset?: number
  lite?: boolean
}

export interface Pulled {
  code: number
  remark: string | undefined
  fields: ResponseOf<typeof pullMessage>
  messages: StoredMessage[]
}

export interface JoinOptions {
  /** By topic. */
  subscriptions?: Record<string, { expression?: string; version?: number; type?: string }>
  messageModel?: 'CLUSTERING' | 'BROADCASTING'
  fingerprint?: number
  withoutSub?: boolean
  unitMode?: boolean
}

/** Speaks to the broker as RocketMQ's clients do. What is not awaited by the method itself ends in `-ing`: the test moves the clock. */
export class TestClient {
  readonly clientId: string
  readonly clock: SimulatedClock
  readonly remoting: RemotingClient
  readonly address: Address
  readonly network: Network
  /** Groups that the broker said have changed, with the time at which that arrived. */
  readonly notices: { group: string; atMs: number }[] = []

  /** `processors`: what it answers brokers besides. */
  constructor(
    clock: SimulatedClock,
    clientId: string,
    address: Address,
    network: Network,
    processors: readonly Processor[] = [],
  ) {
    this.clock = clock
    this.clientId = clientId
    this.address = address
    this.network = network
    const notified = handle(notifyConsumerIdsChanged, () => ({ consumerGroup: group = '' }) => {
      this.notices.push({ group, atMs: clock.monotonicMs() })
      return {}
    })
    const lane = new Lane('notices', 100)
    const router = new Router(
      [notified({}), ...processors].map((processor) => ({ processor, lane })),
      silentLogger,
    )
    this.remoting = new RemotingClient({ router }, { clock, network, logger: silentLogger })
  }

  ask<C extends Command>(command: C, request: RequestInputOf<C>, options: InvokeOptions<C> = {}): Promise<Answer<C>> {
    return this.clock.until(this.remoting.invoke(this.address, command, request, options))
  }

  /** The code and remark with which a request is refused. */
  async refusal(asked: Promise<unknown>): Promise<{ code: number; remark: string }> {
    try {
      await this.clock.until(asked)
    } catch (error) {
      if (error instanceof ResponseError) return { code: error.responseCode, remark: error.remark ?? '' }
      throw error
    }
    throw new Error('the request was not refused')
  }

  sending(topic: string, body: string | Buffer, options: SendOptions = {}): Promise<Answer<typeof sendMessageV2>> {
    const request = this.sendRequest(topic, options)
    return this.remoting.invoke(this.address, sendMessageV2, request, { body: Buffer.from(body) })
  }

  async send(topic: string, body: string | Buffer, options: SendOptions = {}) {
    return (await this.clock.until(this.sending(topic, body, options))).fields
  }

  sendRequest(topic: string, options: SendOptions = {}): RequestInputOf<typeof sendMessageV2> {
    return {
      producerGroup: 'PG',
      topic,
      defaultTopic: 'TBW102',
      defaultTopicQueueNums: 4,
      queueId: 0,
      sysFlag: 0,
      bornTimestamp: this.clock.now(),
      flag: 0,
      properties: '',
      reconsumeTimes: 0,
      ...options,
    }
  }

  pulling(topic: string, queueOffset: number, options: PullOptions = {}): Promise<Answer<typeof pullMessage>> {
    const { queueId = 0, holdMs = 0, group = 'CG', maxMsgNums = 32, subVersion = 0, commitOffset, lite } = options
    const expression = 'expression' in options ? options.expression : '*'
    const flags = (commitOffset === undefined ? 0 : 1) | (holdMs > 0 ? 2 : 0) | (expression === undefined ? 0 : 4)
    const request = {
      consumerGroup: group,
      topic,
      queueId,
      queueOffset,
      maxMsgNums,
      sysFlag: flags,
      commitOffset: commitOffset ?? 0,
      suspendTimeoutMillis: holdMs,
      subscription: expression,
      subVersion,
      expressionType: options.expressionType,
    }
    const command = lite ? litePullMessage : pullMessage
    return this.remoting.invoke(this.address, command, request, {
      accept: [19, 20, 21],
      timeoutMs: holdMs + 5_000,
    }) as Promise<Answer<typeof pullMessage>>
  }

  async pull(topic: string, queueOffset: number, options: PullOptions = {}): Promise<Pulled> {
    const { code, remark, fields, body } = await this.clock.until(this.pulling(topic, queueOffset, options))
    return { code, remark, fields, messages: recordsOf(body) }
  }

  /** The bodies of all messages of a queue. */
  async bodies(topic: string, queueId = 0): Promise<string[]> {
    const bodies: string[] = []
    for (let offset = 0; ; ) {
      const { code, fields, messages } = await this.pull(topic, offset, { queueId, group: 'READER' })
      if (code !== 0) return bodies
      bodies.push(...messages.map((message) => message.body.toString()))
      offset = fields.nextBeginOffset
    }
  }

  /** Sends a heartbeat as a consumer of the group. */
  async join(group: string, topics: string[], options: JoinOptions = {}) {
    return (await this.ask(heartBeat, {}, { body: this.heartbeat(group, topics, options) })).fields
  }

  heartbeat(group: string, topics: string[], options: JoinOptions = {}): HeartbeatData {
    const { subscriptions = {}, messageModel = 'CLUSTERING', unitMode = false } = options
    return {
      clientID: this.clientId,
      producerDataSet: [],
      consumerDataSet: [
        {
          groupName: group,
          consumeType: 'CONSUME_PASSIVELY',
          messageModel,
          consumeFromWhere: 'CONSUME_FROM_FIRST_OFFSET',
          unitMode,
          subscriptionDataSet: options.withoutSub
            ? []
            : topics.map((topic) => subscriptionTo(topic, subscriptions[topic])),
        },
      ],
      heartbeatFingerprint: options.fingerprint ?? 0,
      withoutSub: options.withoutSub ?? false,
    }
  }

  async leave(group: string): Promise<void> {
    await this.ask(unregisterClient, { clientID: this.clientId, consumerGroup: group })
  }

  async members(group: string): Promise<string[]> {
    return (await this.ask(getConsumerListByGroup, { consumerGroup: group })).body.consumerIdList
  }

  async createTopic(
    topic: string,
    options: { queues?: number; writeQueues?: number; perm?: number; order?: boolean } = {},
  ): Promise<void> {
    const { queues = 1, writeQueues = queues, perm = 6, order = false } = options
    await this.ask(updateAndCreateTopic, {
      topic,
      defaultTopic: 'TBW102',
      readQueueNums: queues,
      writeQueueNums: writeQueues,
      perm,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order,
    })
  }

  async deleteTopic(topic: string): Promise<void> {
    await this.ask(deleteTopicInBroker, { topic })
  }

  async commit(group: string, topic: string, commitOffset: number, queueId = 0): Promise<void> {
    await this.ask(updateConsumerOffset, { consumerGroup: group, topic, queueId, commitOffset })
  }

  /** The committed offset; `undefined` when the broker says that there is none. */
  async committed(group: string, topic: string, queueId = 0): Promise<number | undefined> {
    const request = { consumerGroup: group, topic, queueId, setZeroIfNotFound: false }
    try {
      return (await this.ask(queryConsumerOffset, request)).fields.offset
    } catch (error) {
      if (error instanceof ResponseError && error.responseCode === responseCode.QUERY_NOT_FOUND) return undefined
      throw error
    }
  }

  async sendBack(
    group: string,
    message: StoredMessage,
    options: { delayLevel?: number; maxReconsumeTimes?: number } = {},
  ): Promise<void> {
    const { physicalOffset: offset } = message
    await this.ask(consumerSendMsgBack, { offset, group, delayLevel: 0, ...options })
  }

  /** Another connection, for frames that this client would not send. */
  async connectRaw(): Promise<RawPeer> {
    return new RawPeer(await this.network.connect(this.address, { timeoutMs: 1_000 }))
  }

  async disconnect(): Promise<void> {
    await this.clock.until(this.remoting.close())
    await this.clock.advance(10)
  }
}

function subscriptionTo(
  topic: string,
  { expression = '*', version = 1, type = 'TAG' }: { expression?: string; version?: number; type?: string } = {},
): SubscriptionData {
  const { tagsSet, codeSet } = (type === 'TAG' ? parseTagExpression(expression) : undefined) ?? {
    tagsSet: [],
    codeSet: [],
  }
  return {
    topic,
    subString: expression,
    expressionType: type,
    tagsSet,
    codeSet,
    subVersion: version,
    classFilterMode: false,
  }
}

export function recordsOf(body: Buffer): StoredMessage[] {
  const messages: StoredMessage[] = []
  for (let at = 0; at < body.length; ) {
    const size = body.readInt32BE(at)
    messages.push(decodeRecord(body.subarray(at, at + size), 0))
    at += size
  }
  return messages
}
