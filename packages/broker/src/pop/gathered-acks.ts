import type { Peer } from '@cometmq/remoting'
import { type BatchId, maxBatchMessages } from './check-point.ts'

/** Acknowledgements of one batch that came together and become one record of the revive topic. */
export class GatheredAcks {
  readonly of: BatchId
  readonly reviveQueueId: number
  /** One behind the other: what is acknowledged, and who waits for an answer under which number. */
  readonly offsets: number[] = []
  readonly opaques: number[] = []
  readonly peers: Peer[] = []

  constructor(of: BatchId, reviveQueueId: number) {
    this.of = of
    this.reviveQueueId = reviveQueueId
  }

  /** One record takes as many as a batch has messages; who acknowledges twice begins another. */
  get isFull(): boolean {
    return this.offsets.length >= maxBatchMessages
  }

  add(offset: number, opaque: number, peer: Peer): void {
    this.offsets.push(offset)
    this.opaques.push(opaque)
    this.peers.push(peer)
  }
}

/** Batches of which acknowledgements are gathered at once; those of one more go as if all of the socket were read. */
const maxOpen = 64

/**
 * Gathers what a socket brings in one piece: a consumer acknowledges the messages of a batch one by one, and mostly one behind the other. It holds back nothing: the records are
 * put before anything else is read.
 */
export class AckGathering {
  readonly #put: (acks: GatheredAcks) => void
  #open: GatheredAcks[] = []
  #last: GatheredAcks | undefined

  constructor(put: (acks: GatheredAcks) => void) {
    this.#put = put
  }

  /** That which takes one more of the batch; made when there is none. */
  find(of: BatchId, reviveQueueId: number): GatheredAcks {
    const last = this.#last
    if (last !== undefined && !last.isFull && isSame(last, of, reviveQueueId)) return last
    let found = this.#open.find((acks) => !acks.isFull && isSame(acks, of, reviveQueueId))
    if (found === undefined) {
      if (this.#open.length >= maxOpen) this.#flush()
      found = new GatheredAcks({ ...of }, reviveQueueId)
      this.#open.push(found)
      if (this.#open.length === 1) process.nextTick(this.#flush)
    }
    this.#last = found
    return found
  }

  readonly #flush = (): void => {
    const open = this.#open
    this.#open = []
    this.#last = undefined
    for (const acks of open) this.#put(acks)
  }
}

function isSame({ of, reviveQueueId }: GatheredAcks, other: BatchId, otherQueueId: number): boolean {
  return (
    of.startOffset === other.startOffset &&
    of.queueId === other.queueId &&
    of.popTime === other.popTime &&
    reviveQueueId === otherQueueId &&
    of.topic === other.topic &&
    of.group === other.group &&
    of.brokerName === other.brokerName
  )
}
