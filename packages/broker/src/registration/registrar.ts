import { type Address, type Clock, formatAddress, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { type DataVersion, type KvTable, registerBrokerBody, type TopicConfig } from '@cometmq/protocol/bodies'
import { registerBroker, unregisterBroker } from '@cometmq/protocol/commands'
import { crc32Of } from '@cometmq/protocol/message'
import type { Peer, RemotingClient } from '@cometmq/remoting'
import { brokerLimits } from '../limits.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { NameServerLink } from './name-server-link.ts'

interface World {
  client: RemotingClient
  clock: Clock
  logger: Logger
}

const unregisterTimeoutMs = 3_000

/**
 * Tells every NameServer who we are and which topics we have: all of it at start and every 30 s, and what changed as soon as it changes. Each NameServer
 * is told on its own, so that one which is down delays nobody.
 */
export class Registrar {
  readonly #options: BrokerOptions
  readonly #advertised: Address
  readonly #topics: TopicTable
  readonly #world: World
  readonly #links: NameServerLink[]
  #period: Timer | undefined

  constructor(options: BrokerOptions, advertised: Address, topics: TopicTable, world: World) {
    this.#options = options
    this.#advertised = advertised
    this.#topics = topics
    this.#world = world
    this.#links = options.nameServers.map(
      (nameServer) =>
        new NameServerLink(
          nameServer,
          (peer, changed, version) => this.#register(peer, changed, version),
          () => topics.announcedVersion,
          world,
        ),
    )
  }

  /** Registers once with every NameServer and then periodically; resolves after the first round, whatever its outcome. */
  async start(): Promise<void> {
    this.#topics.onChange = (topics) => this.#announce(topics)
    this.#period = this.#world.clock.every(this.#options.registerPeriodMs, () => void this.#tellAll())
    await this.#tellAll()
  }

  async close(): Promise<void> {
    this.#topics.onChange = undefined
    this.#period?.cancel()
    for (const link of this.#links) link.close()
    await Promise.all(this.#options.nameServers.map((nameServer) => this.#unregister(nameServer)))
  }

  /**
   * Tells the NameServers of changed topics, or of all that there are. Resolves when they know, so that a producer's first message to a new topic is acknowledged when consumers can
   * find it; a NameServer that does not answer is waited for only briefly.
   */
  #announce(topics: TopicConfig[] | undefined): Promise<void> {
    return this.#briefly(this.#tellAll(topics))
  }

  #briefly(round: Promise<void>): Promise<void> {
    return new Promise((resolve) => {
      const timer = this.#world.clock.after(brokerLimits.announceWaitMs, resolve)
      void round.then(() => {
        timer.cancel()
        resolve()
      })
    })
  }

  /** Tells of the topics that changed, or of all. Resolves when all NameServers have answered that did so the last time. */
  async #tellAll(changed?: readonly TopicConfig[]): Promise<void> {
    const rounds = this.#links.map((link) => {
      const { isFailing } = link
      const round = link.tell(changed)
      return isFailing ? undefined : round
    })
    await Promise.all(rounds)
  }

  async #register(peer: Peer, changed: TopicConfig[] | undefined, dataVersion: DataVersion): Promise<void> {
    const topics = changed ?? [...this.#topics.all()]
    const body = registerBrokerBody.encode({
      filterServerList: [],
      topicConfigSerializeWrapper: {
        dataVersion,
        mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
        topicConfigTable: Object.fromEntries(topics.map((topic) => [topic.topicName, this.#asPermitted(topic)])),
        topicQueueMappingDetailMap: {},
        topicQueueMappingInfoMap: {},
      },
    })
    const request = {
      ...this.#identity(),
      haServerAddr: this.#haAddress(),
      compressed: false,
      bodyCrc32: crc32Of(body),
      enableActingMaster: false,
    }
    const timeoutMs = this.#options.registerTimeoutMs
    const answer = await peer.invoke(registerBroker, request, { body, timeoutMs })
    this.#markOrderTopics(answer.body)
  }

  /** A topic as clients may use it: what the broker as a whole does not permit is taken away. */
  #asPermitted(topic: TopicConfig): TopicConfig {
    return this.#options.permission === 6 ? topic : { ...topic, perm: topic.perm & this.#options.permission }
  }

  /** The NameServer answers with the topics that are consumed in order. */
  #markOrderTopics(answer: KvTable | undefined): void {
    const unmarked = Object.keys(answer?.table ?? {}).flatMap((name) => {
      const topic = this.#topics.get(name)
      return topic === undefined || topic.order ? [] : [{ ...topic, order: true }]
    })
    if (unmarked.length === 0) return
    // Not waited for: the change is announced in a round of its own, after this one.
    this.#topics.put(...unmarked).catch((error: unknown) => {
      this.#world.logger.error({ reason: messageOf(error) }, 'could not mark topics as ordered')
    })
  }

  async #unregister(nameServer: Address): Promise<void> {
    try {
      await this.#world.client.invoke(nameServer, unregisterBroker, this.#identity(), {
        timeoutMs: unregisterTimeoutMs,
      })
    } catch (error) {
      this.#world.logger.debug(
        { nameServer: formatAddress(nameServer), reason: messageOf(error) },
        'could not unregister',
      )
    }
  }

  #identity() {
    const { brokerName, brokerId, clusterName } = this.#options
    return { brokerName, brokerId, clusterName, brokerAddr: formatAddress(this.#advertised) }
  }

  #haAddress(): string {
    return formatAddress({ host: this.#advertised.host, port: this.#options.haListenPort ?? this.#advertised.port + 1 })
  }
}
