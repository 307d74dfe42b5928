import type { Clock } from '@cometmq/platform'
import type { Peer } from '@cometmq/remoting'
import type { Member } from './consumer-groups.ts'

/** Which producers are online, by group. */
export class ProducerGroups {
  readonly #groups = new Map<string, Map<Peer, Member>>()
  readonly #watched = new Set<Peer>()
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
    if (this.#watched.has(member.peer)) return
    this.#watched.add(member.peer)
    member.peer.onClose(() => this.#leaveAll(member.peer))
  }

  unregister(group: string, peer: Peer): void {
    const members = this.#groups.get(group)
    members?.delete(peer)
    if (members?.size === 0) this.#groups.delete(group)
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
    this.#watched.delete(peer)
    for (const group of [...this.#groups.keys()]) this.unregister(group, peer)
  }
}
