import type { Clock } from '@cometmq/platform'
import type { Peer } from '@cometmq/remoting'
import type { Member } from './consumer-groups.ts'

/** Which producers are online, by group. */
export class ProducerGroups {
  readonly #groups = new Map<string, Map<Peer, Member>>()
  /** By client id: whoever said last that this is its. */
  readonly #clients = new Map<string, Member>()
  /** The groups of every connection that is a producer's, until it closes. */
  readonly #groupsOf = new Map<Peer, Set<string>>()
  readonly #clock: Clock
  readonly #clientExpiryMs: number
  #turn = 0

  constructor(options: { clientExpiryMs: number }, clock: Clock) {
    this.#clientExpiryMs = options.clientExpiryMs
    this.#clock = clock
  }

  members(group: string): ReadonlyMap<Peer, Member> | undefined {
    return this.#groups.get(group)
  }

  /** The producer with that client id, to which the replies to its requests go. */
  client(clientId: string): Member | undefined {
    return this.#clients.get(clientId)
  }

  /** A member to ask something, each in turn; one that does not take what it is sent is passed over. `undefined` when there is none. */
  next(group: string): Member | undefined {
    const members = [...(this.#groups.get(group)?.values() ?? [])]
    for (let tries = members.length; tries > 0; tries--) {
      const member = members[this.#turn++ % members.length]!
      if (!member.peer.isPaused) return member
    }
    return undefined
  }

  all(): IterableIterator<[group: string, members: ReadonlyMap<Peer, Member>]> {
    return this.#groups.entries()
  }

  register(group: string, member: Member): void {
    let members = this.#groups.get(group)
    if (members === undefined) this.#groups.set(group, (members = new Map()))
    members.set(member.peer, member)
    this.#clients.set(member.clientId, member)
    let groups = this.#groupsOf.get(member.peer)
    if (groups === undefined) {
      this.#groupsOf.set(member.peer, (groups = new Set()))
      member.peer.onClose(() => this.#leaveAll(member.peer))
    }
    groups.add(group)
  }

  unregister(group: string, peer: Peer): void {
    const members = this.#groups.get(group)
    const member = members?.get(peer)
    if (members === undefined || member === undefined) return
    members.delete(peer)
    if (members.size === 0) this.#groups.delete(group)
    const groups = this.#groupsOf.get(peer)
    groups?.delete(group)
    const { clientId } = member
    if (groups?.size === 0 && this.#clients.get(clientId)?.peer === peer) this.#clients.delete(clientId)
  }

  /** Forgets members without a heartbeat for too long. */
  expire(): void {
    const oldest = this.#clock.monotonicMs() - this.#clientExpiryMs
    for (const [group, members] of this.#groups) {
      for (const member of [...members.values()])
        if (member.lastHeartbeatMs < oldest) this.unregister(group, member.peer)
    }
  }

  #leaveAll(peer: Peer): void {
    for (const group of [...(this.#groupsOf.get(peer) ?? [])]) this.unregister(group, peer)
    this.#groupsOf.delete(peer)
  }
}
