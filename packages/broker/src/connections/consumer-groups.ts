import type { Clock } from '@cometmq/platform'
import type { ConsumerData, SubscriptionData } from '@cometmq/protocol/bodies'
import { notifyConsumerIdsChanged } from '@cometmq/protocol/commands'
import type { Peer } from '@cometmq/remoting'

/** A client of a group, on one connection. */
export interface Member {
  readonly peer: Peer
  readonly clientId: string
  readonly language: string | undefined
  readonly version: number
  lastHeartbeatMs: number
}

export interface Subscription extends SubscriptionData {
  subVersion: number
}

export type ConsumeType = ConsumerData['consumeType']
export type MessageModel = ConsumerData['messageModel']

/** An online consumer group: its settings are those of the last heartbeat, whoever sent it. */
export class ConsumerGroup {
  readonly name: string
  consumeType: ConsumeType
  messageModel: MessageModel
  consumeFromWhere: ConsumerData['consumeFromWhere']
  readonly members = new Map<Peer, Member>()
  readonly subscriptions = new Map<string, Subscription>()
  /** Of the last heartbeat; 0 after one of version 1, and `undefined` before the first. */
  fingerprint: number | undefined

  constructor(name: string, data: ConsumerData) {
    this.name = name
    this.consumeType = data.consumeType
    this.messageModel = data.messageModel
    this.consumeFromWhere = data.consumeFromWhere
  }

  /** Client ids, each once. */
  clientIds(): string[] {
    return [...new Set(Array.from(this.members.values(), (member) => member.clientId))]
  }
}

export interface ConsumerGroupsOptions {
  /** Tell a group at once when it changes; otherwise every 15 s. */
  notifyConsumerChange: boolean
  clientExpiryMs: number
}

const delayedNotifyMs = 15_000

/**
 * Which consumers are online, by group. A group learns at once when a member joins, leaves or dies, so that it rebalances then and not at its next
 * round. Source: ConsumerManager and DefaultConsumerIdsChangeListener of Apache RocketMQ.
 */
export class ConsumerGroups {
  readonly #groups = new Map<string, ConsumerGroup>()
  /** Groups of a connection, to leave when it closes. */
  readonly #groupsOfPeer = new Map<Peer, Set<string>>()
  readonly #clock: Clock
  readonly #options: ConsumerGroupsOptions
  readonly #toNotify = new Set<string>()
  /** Told of a group whose last member has left. */
  onEmpty: ((group: string) => void) | undefined

  constructor(options: ConsumerGroupsOptions, clock: Clock) {
    this.#options = options
    this.#clock = clock
  }

  get(name: string): ConsumerGroup | undefined {
    return this.#groups.get(name)
  }

  all(): IterableIterator<ConsumerGroup> {
    return this.#groups.values()
  }

  /**
   * Takes one entry of a heartbeat. With `withoutSubscriptions` (heartbeat version 2) the subscriptions stay as they are.
   * `notifies` is false for a group whose settings say that its members are not to be told.
   */
  register(data: ConsumerData, member: Member, options: { withoutSubscriptions: boolean; notifies: boolean }): void {
    const group = this.#groupFor(data)
    group.consumeType = data.consumeType
    group.messageModel = data.messageModel
    group.consumeFromWhere = data.consumeFromWhere
    const isNew = group.members.get(member.peer)?.clientId !== member.clientId
    group.members.set(member.peer, member)
    this.#remember(member.peer, group.name)
    const hasChanged =
      !options.withoutSubscriptions && mergeSubscriptions(group, data.subscriptionDataSet, this.#clock.now())
    if ((isNew || hasChanged) && options.notifies) this.#notify(group)
  }

  /**
   * Stores the fingerprint of a heartbeat; true when the client is to send its subscriptions again: the fingerprint differs from the one before.
   * Differs: also when a heartbeat without subscriptions is the first that the group sends here, as after a restart; its pulls would find none.
   */
  exchangeFingerprint(name: string, fingerprint: number, options: { withoutSubscriptions: boolean }): boolean {
    const group = this.#groups.get(name)
    if (group === undefined) return false
    const before = group.fingerprint
    group.fingerprint = fingerprint
    return before === undefined ? options.withoutSubscriptions : before !== fingerprint
  }

  unregister(name: string, peer: Peer, notifies = true): void {
    const group = this.#groups.get(name)
    this.#groupsOfPeer.get(peer)?.delete(name)
    if (group === undefined || !group.members.delete(peer)) return
    if (group.members.size === 0) {
      this.#groups.delete(name)
      this.onEmpty?.(name)
    } else if (notifies) this.#notify(group)
  }

  /** Forgets members without a heartbeat for too long. */
  expire(): void {
    const oldest = this.#clock.monotonicMs() - this.#options.clientExpiryMs
    for (const group of [...this.#groups.values()]) {
      for (const member of [...group.members.values()]) {
        if (member.lastHeartbeatMs >= oldest) continue
        this.unregister(group.name, member.peer)
        member.peer.destroy()
      }
    }
  }

  #groupFor(data: ConsumerData): ConsumerGroup {
    const existing = this.#groups.get(data.groupName)
    if (existing !== undefined) return existing
    const group = new ConsumerGroup(data.groupName, data)
    this.#groups.set(data.groupName, group)
    return group
  }

  #remember(peer: Peer, group: string): void {
    let groups = this.#groupsOfPeer.get(peer)
    if (groups === undefined) {
      this.#groupsOfPeer.set(peer, (groups = new Set()))
      peer.onClose(() => this.#leaveAll(peer))
    }
    groups.add(group)
  }

  #leaveAll(peer: Peer): void {
    const groups = this.#groupsOfPeer.get(peer) ?? []
    this.#groupsOfPeer.delete(peer)
    for (const name of groups) this.unregister(name, peer)
  }

  #notify(group: ConsumerGroup): void {
    if (group.messageModel === 'BROADCASTING') return
    if (this.#options.notifyConsumerChange) return tell(group)
    if (this.#toNotify.size === 0) this.#clock.after(delayedNotifyMs, () => this.#notifyAll())
    this.#toNotify.add(group.name)
  }

  #notifyAll(): void {
    const names = [...this.#toNotify]
    this.#toNotify.clear()
    for (const name of names) {
      const group = this.#groups.get(name)
      if (group !== undefined) tell(group)
    }
  }
}

function tell(group: ConsumerGroup): void {
  for (const peer of group.members.keys()) peer.oneway(notifyConsumerIdsChanged, { consumerGroup: group.name })
}

/** True when topics were added or removed; a newer version of a known subscription is taken over without counting as a change. */
function mergeSubscriptions(group: ConsumerGroup, subscriptions: readonly SubscriptionData[], now: number): boolean {
  let hasChanged = false
  const topics = new Set<string>()
  for (const data of subscriptions) {
    topics.add(data.topic)
    const subVersion = data.subVersion ?? now
    const known = group.subscriptions.get(data.topic)
    if (known === undefined) hasChanged = true
    else if (subVersion <= known.subVersion) continue
    group.subscriptions.set(data.topic, { ...data, subVersion })
  }
  for (const topic of [...group.subscriptions.keys()]) {
    if (topics.has(topic)) continue
    group.subscriptions.delete(topic)
    hasChanged = true
  }
  return hasChanged
}
