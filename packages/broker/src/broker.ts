import {
  type Address,
  assert,
  type Clock,
  type FileSystem,
  formatAddress,
  Lifecycle,
  type Logger,
  makeDurableDirectory,
  messageOf,
  type Network,
  type Random,
} from '@cometmq/platform'
import { offsetMsgIdEncoder, systemTopics, uniqKeyGenerator } from '@cometmq/protocol/message'
import { EitherExpress, RemotingClient, RemotingServer, Router } from '@cometmq/remoting'
import { MessageStore, type StoreOptions, storeOptions as storeSchema } from '@cometmq/store'
import * as v from 'valibot'
import { ConsumerGroups } from './connections/consumer-groups.ts'
import { ProducerGroups } from './connections/producer-groups.ts'
import { DelayDelivery } from './delay/delay-delivery.ts'
import { parseDelayLevels } from './delay/delay-levels.ts'
import { ConsumerFilters } from './filter/consumer-filters.ts'

import { SubscriptionGroups } from './groups/subscription-groups.ts'
import { brokerLimits } from './limits.ts'
import { QueueLocks } from './locks/queue-locks.ts'
import { HeldPulls } from './long-polling/held-pulls.ts'
import { ExpressCommit } from './messaging/express-commit.ts'
import { ExpressSend } from './messaging/express-send.ts'
import { PropertyMarker } from './messaging/message-properties.ts'
import { ConsumerOffsets } from './offsets/consumer-offsets.ts'
import { HandedOut } from './offsets/handed-out.ts'
import { OffsetResets } from './offsets/offset-resets.ts'
import type { BrokerOptions } from './options.ts'
import { LazyPop } from './pop/lazy-pop.ts'
import { Registrar } from './registration/registrar.ts'
import { brokerRoutes } from './routes.ts'
import { LiveConfig } from './runtime/live-config.ts'
import { SettingsFile } from './runtime/settings-file.ts'
import { Traffic } from './runtime/traffic.ts'
import { BrokerStats } from './stats/broker-stats.ts'
import { SlowGroups } from './stats/slow-groups.ts'
import { Timers } from './timer/timers.ts'
import { builtInTopics } from './topics/built-in-topics.ts'
import { warnOfStaticTopics } from './topics/static-topics.ts'
import { TopicCreation } from './topics/topic-creation.ts'
import { TopicTable } from './topics/topic-table.ts'
import { Decisions } from './transactions/decisions.ts'
import { TransactionChecks } from './transactions/transaction-checks.ts'

export interface BrokerWorld {
  clock: Clock
  random: Random
  files: FileSystem
  network: Network
  logger: Logger
  /** The process id, for the abort marker and message ids. */
  pid: number
  /** Memory of the machine, of which a part of the log counts as recent. */
  memoryBytes?: number
  /** Milliseconds for which the event loop was busy, counted from any moment. Absent: reads of old messages never give way to others. */
  loopBusyMs?: () => number
  /** Threads that read and write files. Default: 4, as Node has them. */
  fileThreads?: number
}

/** Clients of the VIP channel connect two ports below. RocketMQ: the fast remoting server. */
const fastPortDistance = 2
const hourMs = 3_600_000

/**
 * A broker: it stores messages, serves them to consumers, and tells NameServers of its topics.
 *
 * @example
 * const broker = await Broker.start({ broker: options, store: storeOptions }, world)
 * console.log(broker.address)
 * await broker.close()
 */
export class Broker implements AsyncDisposable {
  readonly store: MessageStore
  readonly topics: TopicTable
  readonly #lifecycle = new Lifecycle('broker')
  /** Closed in reverse order of their making. */
  readonly #owned: { close(): unknown }[]
  readonly #server: RemotingServer
  readonly #advertised: Address

  /** Opens the store, listens, and registers once with every NameServer. @throws StoreError, NetworkError */
  static async start(options: { broker: BrokerOptions; store: StoreOptions }, world: BrokerWorld): Promise<Broker> {
    const owned: { close(): unknown }[] = []
    try {
      // A copy: administrators change it while the broker runs.
      return await compose({ ...options.broker }, options.store, world, owned)
    } catch (error) {
      await closeAll(owned)
      throw error
    }
  }

  constructor(parts: {
    store: MessageStore
    topics: TopicTable
    server: RemotingServer
    advertised: Address
    owned: { close(): unknown }[]
  }) {
    this.store = parts.store
    this.topics = parts.topics
    this.#server = parts.server
    this.#advertised = parts.advertised
    this.#owned = parts.owned
    this.#lifecycle.move('starting')
    this.#lifecycle.move('running')
  }

  /** Where it listens. */
  get address(): Address {
    return this.#server.address
  }

  /** Where clients are told to connect. */
  get advertised(): Address {
    return this.#advertised
  }

  /** Unregisters, stops answering, writes offsets, and closes the store cleanly. Idempotent. */
  close(): Promise<void> {
    return this.#lifecycle.close(() => closeAll(this.#owned))
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }
}

async function compose(
  options: BrokerOptions,
  storeOptions: StoreOptions,
  world: BrokerWorld,
  owned: { close(): unknown }[],
): Promise<Broker> {
  const own = <T extends { close(): unknown }>(part: T): T => {
    owned.push(part)
    return part
  }
  const { clock, random, network, logger } = world
  const fileOf = (name: string) => `${options.configDirectory}/${name}`

  const startedAt = clock.now()
  // Read before the store is opened, which has to know the kinds of queues, and written only afterwards, when the directory is ours.
  const topics = await TopicTable.load(fileOf('topics.json'), builtInTopics(options), options, world)
  const store = own(
    await MessageStore.open(storeOptions, { ...world, isBatchTopic: (name) => topics.hasBatchQueues(name) }),
  )
  own(topics)
  await makeDurableDirectory(world.files, options.configDirectory)
  await warnOfStaticTopics(fileOf('topicQueueMapping.json'), world)
  const groups = own(await SubscriptionGroups.load(fileOf('subscriptionGroup.json'), options, world))
  const offsets = own(await ConsumerOffsets.load(options.configDirectory, options, () => store.sync(), world))
  const filters = own(await ConsumerFilters.load(fileOf('consumerFilter.json'), options, world))
  const heldPulls = own(new HeldPulls(clock, options.maxHeldPulls))
  const delays = parseDelayLevels(options.delayLevels)
  assert(delays !== undefined, `the options hold the delay levels "${options.delayLevels}"`)
  const delayDelivery = own(await DelayDelivery.load(fileOf('delayOffset.json'), delays, store, world))
  const reservedMs = v.parse(storeSchema, storeOptions).fileReservedTime * hourMs
  const directory = storeOptions.storePathRootDir
  const timers = own(new Timers({ store, options, directory, reservedMs, files: world.files, clock, logger }))

  const consumers = new ConsumerGroups(options, clock)
  consumers.onEmpty = (group) => filters.groupGone(group)
  const producers = new ProducerGroups(options, clock)
  const queueLocks = new QueueLocks(clock)
  const clientScan = clock.every(brokerLimits.clientScanMs, () => {
    consumers.expire()
    producers.expire()
    queueLocks.expire()
  })
  own({ close: () => clientScan.cancel() })

  const storeHost = storeOptions.storeHost
  const nextUniqKey = uniqKeyGenerator({ clock, random, address: storeHost.host, pid: world.pid })
  const marker = new PropertyMarker(options, nextUniqKey)
  const topicCreation = new TopicCreation(topics, options)
  const client = own(new RemotingClient({}, { clock, network, logger }))
  const handedOut = own(new HandedOut(clock))
  own(new SlowGroups({ groups, handedOut, options, clock, logger }))
  const resets = new OffsetResets()
  const popping = { store, topics, topicCreation, groups, offsets, resets, handedOut, filters, consumers, options }
  const pop = own(new LazyPop({ ...popping, client, storeHost, clock, random, files: world.files, logger, fileOf }))
  store.onArrival = (topic, queueId, maxOffset, tagsCode) => {
    heldPulls.arrived(topic, queueId, maxOffset, tagsCode)
    if (topic === systemTopics.SCHEDULE) delayDelivery.arrived(queueId)
    else if (topic === systemTopics.TIMER_WHEEL) timers.arrived()
    else pop.arrived(topic, queueId, maxOffset, tagsCode)
  }
  delayDelivery.start()
  if (options.timers) await timers.start()
  pop.openWhenNeeded()
  const messageIdAt = offsetMsgIdEncoder(storeHost)
  const decisions = own(new Decisions({ store, options, storeHost, clock, logger }))
  const checking = { store, offsets, producers, topicCreation, decisions, messageIdAt, storeHost, clock, logger }
  const checks = own(new TransactionChecks({ ...checking, options, reservedMs }))
  checks.start()
  const { routes, more, lanes } = brokerRoutes({
    store,
    topics,
    topicCreation,
    groups,
    offsets,
    resets,
    handedOut,
    pop,
    stats: own(new BrokerStats({ store, topics, handedOut, options, clock })),
    heldPulls,
    filters,
    consumers,
    producers,
    queueLocks,
    decisions,
    marker,
    options,
    messageIdAt,
    clock,
    random,
    delayLevels: delays.length,
    delayDelivery,
    timers,
    timersAt: (second) => timers.countAt(second),
    timerFigures: () => timers.figures,
    timersWaiting: () => timers.waiting,
    traffic: own(new Traffic(store, () => timers.figures, clock)),
    startedAt,
    config: new LiveConfig({ options, storeOptions, store, topics, file: settingsFileOf(options, world) }),
    storeHost,
    logger,
    brokerAddress: () => formatAddress({ host: options.advertiseHost, port: server.address.port }),
    commitLogDirectory: storeOptions.storePathCommitLog ?? `${storeOptions.storePathRootDir}/commitlog`,
  })
  const timersAt = (second: number) => timers.countAt(second)
  const sending = { store, topicCreation, marker, options, messageIdAt, clock, timersAt, delayLevels: delays.length }
  const sends = new ExpressSend({ ...sending, lane: lanes.send })
  const commits = new ExpressCommit({ store, decisions, lane: lanes.transaction })
  const others = new EitherExpress(commits, pop.expressAcks(lanes.acknowledge))
  const express = new EitherExpress(sends, others)
  const router = new Router(routes, logger, { express, more })
  const server = own(
    new RemotingServer({ listen: { host: options.listenHost, port: options.listenPort } }, router, world),
  )
  await server.start()
  if (options.listenPort > fastPortDistance) own(await startFastServer(options, router, world))

  const advertised = { host: options.advertiseHost, port: server.address.port }
  const registrar = own(new Registrar(options, advertised, topics, { client, clock, logger }))
  await registrar.start()
  return new Broker({ store, topics, server, advertised, owned })
}

function settingsFileOf({ configPath }: BrokerOptions, { files }: BrokerWorld): SettingsFile | undefined {
  return configPath === undefined ? undefined : new SettingsFile(configPath, files)
}

/** The VIP port is a courtesy to clients that ask for it: without it the broker serves all the same. */
async function startFastServer(options: BrokerOptions, router: Router, world: BrokerWorld): Promise<RemotingServer> {
  const listen = { host: options.listenHost, port: options.listenPort - fastPortDistance }
  const server = new RemotingServer({ listen }, router, world)
  try {
    await server.start()
  } catch (error) {
    world.logger.warn(
      { port: listen.port, reason: messageOf(error) },
      'the VIP port is taken; clients with vipChannelEnabled cannot connect',
    )
  }
  return server
}

async function closeAll(owned: { close(): unknown }[]): Promise<void> {
  let failure: unknown
  for (const part of owned.splice(0).reverse()) {
    try {
      await part.close()
    } catch (error) {
      failure ??= error
    }
  }
  if (failure !== undefined) throw failure
}
