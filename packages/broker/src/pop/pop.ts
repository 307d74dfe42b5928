import type { Address, Clock, FileSystem, Logger, Random } from '@cometmq/platform'
import type { Express, Lane, RemotingClient } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { ConsumerGroups } from '../connections/consumer-groups.ts'
import type { ConsumerFilters } from '../filter/consumer-filters.ts'
import type { SubscriptionGroups } from '../groups/subscription-groups.ts'
import type { ConsumerOffsets } from '../offsets/consumer-offsets.ts'
import type { HandedOut } from '../offsets/handed-out.ts'
import type { OffsetResets } from '../offsets/offset-resets.ts'
import type { BrokerOptions } from '../options.ts'
import type { TopicCreation } from '../topics/topic-creation.ts'
import type { TopicTable } from '../topics/topic-table.ts'
import { ExpressAck } from './express-ack.ts'
import { HeldPops } from './held-pops.ts'
import { MessageRequestModes } from './message-request-modes.ts'
import { MessageTaker } from './message-taker.ts'
import { OrderBatches } from './order-batches.ts'
import { QueuePositions } from './queue-positions.ts'
import { ReviveLog } from './revive-log.ts'
import { Reviver } from './reviver.ts'
import { TopicRoutes } from './topic-routes.ts'

export interface PopDeps {
  store: MessageStore
  topics: TopicTable
  topicCreation: TopicCreation
  groups: SubscriptionGroups
  offsets: ConsumerOffsets
  resets: OffsetResets
  handedOut: HandedOut
  filters: ConsumerFilters
  consumers: ConsumerGroups
  options: BrokerOptions
  /** To ask NameServers. */
  client: RemotingClient
  storeHost: Address
  clock: Clock
  random: Random
  files: FileSystem
  logger: Logger
  /** Where the broker keeps a file of `config/`. */
  fileOf: (name: string) => string
}

/**
 * POP: the broker says who has which message until when, and brings it again when that time is over. All that is known of it is in the revive topic, from which it is made at
 * the start.
 */
export class Pop {
  readonly deps: PopDeps
  readonly log: ReviveLog
  readonly reviver: Reviver
  /** Pops that wait. */
  readonly held: HeldPops
  /** Who waits to be told that there is something to pop. */
  readonly heldNotifications: HeldPops
  readonly order: OrderBatches
  readonly taker: MessageTaker
  readonly modes: MessageRequestModes
  readonly routes: TopicRoutes

  /** Resolves when it is known what was popped before. @throws StoreError, FileSystemError */
  static async open(deps: PopDeps): Promise<Pop> {
    const order = await OrderBatches.load(deps.fileOf('consumerOrderInfo.json'), deps)
    const modes = await MessageRequestModes.load(deps.fileOf('messageRequestMode.json'), deps)
    const pop = new Pop(deps, order, modes)
    await pop.reviver.start()
    return pop
  }

  private constructor(deps: PopDeps, order: OrderBatches, modes: MessageRequestModes) {
    const { clock, options } = deps
    this.deps = deps
    this.order = order
    this.modes = modes
    this.routes = new TopicRoutes(deps)
    this.log = new ReviveLog(deps)
    this.reviver = new Reviver({ ...deps, log: this.log })
    const limits = { perKey: options.popPollingSize, total: options.maxPopPollingSize }
    this.held = new HeldPops(clock, limits)
    this.heldNotifications = new HeldPops(clock, limits)
    const positions = new QueuePositions()
    this.taker = new MessageTaker({ ...deps, positions, order, log: this.log, held: this.held })
    this.reviver.onRevived = (group, topic) => {
      this.held.wakeGroup(group, topic)
      this.heldNotifications.wakeGroup(group, topic)
    }
  }

  expressAcks(lane: Lane): Express {
    return new ExpressAck({ ...this.deps, log: this.log, lane })
  }

  /** A message can be read. */
  arrived(topic: string, queueId: number, maxOffset: number, tagsCode: number): void {
    if (topic === this.log.topic) this.reviver.arrived(queueId)
    else {
      this.held.arrived(topic, queueId, maxOffset, tagsCode)
      this.heldNotifications.arrived(topic, queueId, maxOffset, tagsCode)
    }
  }

  /** Who waits for messages of the topic looks again, in one group or in all. */
  wakeAll(topic: string, group?: string): void {
    this.held.wakeAll(topic, group)
    this.heldNotifications.wakeAll(topic, group)
  }

  async close(): Promise<void> {
    this.held.close()
    this.heldNotifications.close()
    await this.reviver.close()
    await this.order.close()
    await this.modes.close()
  }
}
