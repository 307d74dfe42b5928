import type { Address, LogLevel } from '@cometmq/platform'
import { describeResponseCode, responseCode } from '@cometmq/protocol'
import { sendMessageV2 } from '@cometmq/protocol/commands'
import { checkTopicName, encodeProperties, uniqKeyGenerator } from '@cometmq/protocol/message'
import { RemotingClient } from '@cometmq/remoting'
import { ConfigError } from '../config/config-error.ts'
import { type TopicQueue, topicRoute, writableQueues } from '../messages/topic-route.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

export interface SendOptions {
  namesrv: Address[]
  tag?: string
  key?: string
  count: number
  logLevel: LogLevel
  json: boolean
}

/** The topic whose brokers create topics that are sent to. */
const templateTopic = 'TBW102'
/** Queues that a new topic is asked to have, as RocketMQ's clients do. */
const newTopicQueues = 4
const producerGroup = 'cometmq-send'
/** Messages of one command that wait for their acknowledgement at the same time. */
const maxInFlight = 32

/** `cometmq send`: sends a message, or the same one several times, and prints what it became. */
export async function send(
  topic: string,
  body: string,
  options: SendOptions,
  world: World,
  terminal: Terminal,
): Promise<void> {
  const wrong = checkTopicName(topic)
  if (wrong !== undefined) throw new ConfigError(wrong)
  if (body === '')
    throw new ConfigError('the body is empty, and RocketMQ knows no empty messages; give it at least one character')
  const logger = world.logger({ level: options.logLevel, json: options.json })
  const client = new RemotingClient({}, { ...world, logger })
  try {
    const queues = await queuesToSendTo(topic, options.namesrv, client)
    const sender = new Sender(client, queues, { topic, body: Buffer.from(body), options }, world)
    await sender.sendAll((sent) => terminal.print(options.json ? JSON.stringify(sent) : sentLine(sent)), terminal.stop)
  } finally {
    await client.close()
  }
}

/** The topic's queues; for a new topic those that it will have on the brokers that create topics. */
async function queuesToSendTo(topic: string, nameServers: Address[], client: RemotingClient): Promise<TopicQueue[]> {
  const route = await topicRoute(topic, nameServers, client)
  if (route !== undefined) {
    const queues = writableQueues(route)
    if (queues.length === 0)
      throw new ConfigError(`nothing can be sent to ${topic}: no master broker has a queue of it that may be written`)
    return queues
  }
  const template = await topicRoute(templateTopic, nameServers, client)
  const queues =
    template === undefined ? [] : writableQueues(template).filter(({ queueId }) => queueId < newTopicQueues)
  if (queues.length === 0)
    throw new ConfigError(
      `there is no topic ${topic}, and no broker that would create it: either no broker has registered with the NameServer, or they have autoCreateTopicEnable=false`,
    )
  return queues
}

interface Sent {
  status: string
  messageId: string
  offsetMessageId: string
  topic: string
  brokerName: string
  queueId: number
  queueOffset: number
}

function sentLine({ status, messageId, brokerName, queueId, queueOffset }: Sent): string {
  const doubt = status === 'SEND_OK' ? '' : ` (${status})`
  return `sent ${messageId} to ${brokerName}, queue ${queueId}, offset ${queueOffset}${doubt}`
}

/** Stored, but not as safely as the broker was told to. */
const doubtful: readonly number[] = [
  responseCode.FLUSH_DISK_TIMEOUT,
  responseCode.FLUSH_SLAVE_TIMEOUT,
  responseCode.SLAVE_NOT_AVAILABLE,
]

class Sender {
  readonly #client: RemotingClient
  readonly #queues: readonly TopicQueue[]
  readonly #message: { topic: string; body: Buffer; options: SendOptions }
  readonly #world: World
  readonly #nextUniqKey: () => string
  #nextQueue: number
  #left: number

  constructor(
    client: RemotingClient,
    queues: readonly TopicQueue[],
    message: { topic: string; body: Buffer; options: SendOptions },
    world: World,
  ) {
    this.#client = client
    this.#queues = queues
    this.#message = message
    this.#world = world
    this.#nextUniqKey = uniqKeyGenerator({ ...world, address: world.hostAddresses()[0] ?? '127.0.0.1' })
    this.#nextQueue = world.random.int(queues.length)
    this.#left = message.options.count
  }

  /** Sends until all are acknowledged, one fails, or `stop` aborts. */
  async sendAll(onSent: (sent: Sent) => void, stop: AbortSignal): Promise<void> {
    const one = async () => {
      while (this.#left > 0 && !stop.aborted) {
        this.#left--
        onSent(await this.#send())
      }
    }
    await Promise.all(Array.from({ length: Math.min(maxInFlight, this.#left) }, one))
  }

  async #send(): Promise<Sent> {
    const { topic, body, options } = this.#message
    const queue = this.#queues[this.#nextQueue++ % this.#queues.length]!
    const messageId = this.#nextUniqKey()
    const properties = encodeProperties([
      ['UNIQ_KEY', messageId],
      ['WAIT', 'true'],
      ['TAGS', options.tag],
      ['KEYS', options.key],
    ])
    const request = {
      producerGroup,
      topic,
      defaultTopic: templateTopic,
      defaultTopicQueueNums: newTopicQueues,
      queueId: queue.queueId,
      sysFlag: 0,
      bornTimestamp: this.#world.clock.now(),
      flag: 0,
      properties,
      reconsumeTimes: 0,
      unitMode: false,
      batch: false,
      brokerName: queue.brokerName,
    }
    const { code, fields } = await this.#client.invoke(queue.address, sendMessageV2, request, {
      body,
      accept: doubtful,
    })
    return {
      status: code === responseCode.SUCCESS ? 'SEND_OK' : describeResponseCode(code),
      messageId,
      offsetMessageId: fields.msgId,
      topic,
      brokerName: queue.brokerName,
      queueId: fields.queueId,
      queueOffset: fields.queueOffset,
    }
  }
}
