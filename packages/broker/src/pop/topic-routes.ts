import { type Address, type Clock, formatAddress, type Logger, messageOf } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { MessageQueue, TopicRouteData } from '@cometmq/protocol/bodies'
import { getRouteinfoByTopic } from '@cometmq/protocol/commands'
import { permission } from '@cometmq/protocol/message'
import { type RemotingClient, ResponseError } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'
import type { TopicTable } from '../topics/topic-table.ts'

export interface TopicRoutesDeps {
  topics: TopicTable
  client: RemotingClient
  options: { readonly brokerName: string; readonly nameServers: readonly Address[] }
  clock: Clock
  logger: Logger
}

interface Known {
  readonly queues: readonly MessageQueue[]
  readonly askedMs: number
}

/** An answer of a NameServer is good for so long. RocketMQ: `loadBalancePollNameServerInterval`. */
const freshMs = 30_000
const timeoutMs = 3_000

/** The queues of topics on all brokers, as NameServers know them; those of this broker as it knows them itself. */
export class TopicRoutes {
  readonly #deps: TopicRoutesDeps
  readonly #known = new Map<string, Known>()

  constructor(deps: TopicRoutesDeps) {
    this.#deps = deps
  }

  /** Those that can be read; none for a topic that nobody knows. */
  async queuesOf(topic: string): Promise<MessageQueue[]> {
    const { clock, options } = this.#deps
    let known = this.#known.get(topic)
    if (known === undefined || clock.monotonicMs() - known.askedMs >= freshMs) {
      const queues = (await this.#ask(topic)) ?? known?.queues ?? []
      known = { queues, askedMs: clock.monotonicMs() }
      this.#remember(topic, known)
    }
    const others = known.queues.filter(({ brokerName }) => brokerName !== options.brokerName)
    return [...others, ...this.#own(topic)]
  }

  #remember(topic: string, known: Known): void {
    this.#known.delete(topic)
    if (this.#known.size >= brokerLimits.knownRoutes)
      for (const oldest of this.#known.keys()) {
        this.#known.delete(oldest)
        break
      }
    this.#known.set(topic, known)
  }

  #own(topic: string): MessageQueue[] {
    const config = this.#deps.topics.get(topic)
    if (config === undefined || (config.perm & permission.READ) === 0) return []
    return queuesIn(topic, this.#deps.options.brokerName, config.readQueueNums)
  }

  /** The first NameServer that answers is believed; `undefined` when none does. */
  async #ask(topic: string): Promise<MessageQueue[] | undefined> {
    const { client, options, logger } = this.#deps
    for (const nameServer of options.nameServers) {
      try {
        const { body } = await client.invoke(
          nameServer,
          getRouteinfoByTopic,
          { topic, acceptStandardJsonOnly: true },
          { timeoutMs },
        )
        return readableQueues(topic, body)
      } catch (error) {
        if (error instanceof ResponseError && error.responseCode === responseCode.TOPIC_NOT_EXIST) return []
        logger.debug(
          { nameServer: formatAddress(nameServer), topic, reason: messageOf(error) },
          'a NameServer did not say where a topic is',
        )
      }
    }
    return undefined
  }
}

/** Queues of brokers that have a master, and may be read. */
function readableQueues(topic: string, { brokerDatas, queueDatas }: TopicRouteData): MessageQueue[] {
  const withMaster = new Set(
    brokerDatas.filter(({ brokerAddrs }) => brokerAddrs.has(0)).map(({ brokerName }) => brokerName),
  )
  return queueDatas
    .filter(({ perm, brokerName }) => (perm & permission.READ) !== 0 && withMaster.has(brokerName))
    .flatMap(({ brokerName, readQueueNums }) => queuesIn(topic, brokerName, readQueueNums))
}

const queuesIn = (topic: string, brokerName: string, count: number): MessageQueue[] =>
  Array.from({ length: Math.min(count, brokerLimits.queuesPerTopic) }, (_, queueId) => ({ brokerName, queueId, topic }))
