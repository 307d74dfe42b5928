import { AckScanner, BareReplyWriter } from '@cometmq/protocol'
import { ackMessage } from '@cometmq/protocol/commands/pop'
import type { Express, Lane, Peer } from '@cometmq/remoting'
import type { PutStatus } from '@cometmq/store'
import { statusCodes } from '../messaging/received-message.ts'
import { refusalOf } from '../messaging/refusals.ts'
import { AckGathering, type GatheredAcks } from './gathered-acks.ts'
import type { PopDeps } from './pop.ts'
import type { ReviveLog } from './revive-log.ts'

export interface ExpressAckDeps extends Pick<PopDeps, 'topics' | 'store' | 'handedOut'> {
  log: ReviveLog
  /** The one that acknowledgements are counted in when they go the usual way. */
  lane: Lane
}

/**
 * The fast way of ACK_MESSAGE: an acknowledgement that wants an answer, of a message that was not popped in order. Those that came together for one batch become one record of
 * the revive topic, `bAck` instead of an `ack` for each, and are answered from a template when it has the promise of the flush mode, as by themselves. Whatever is not plain, or would be refused, is not taken, and goes
 * through `processors/pop/ack-message.ts`, which also says why. Both must do alike: a property test holds them together.
 */
export class ExpressAck implements Express {
  readonly #deps: ExpressAckDeps
  readonly #scanner = new AckScanner()
  readonly #reply = new BareReplyWriter()
  readonly #gathering = new AckGathering((acks) => this.#put(acks))
  /** Filled in anew for every acknowledgement. */
  readonly #of = { topic: '', group: '', queueId: 0, startOffset: 0, popTime: 0, brokerName: '' }

  constructor(deps: ExpressAckDeps) {
    this.#deps = deps
  }

  take(bytes: Buffer, start: number, end: number, peer: Peer): boolean {
    const scanner = this.#scanner
    if (!scanner.scan(bytes, start, end) || !this.#isTaken(scanner) || !this.#deps.lane.enter()) return false
    const of = this.#of
    of.topic = scanner.topic.text
    of.group = scanner.group.text
    of.queueId = scanner.queueId
    of.startOffset = scanner.startOffset
    of.popTime = scanner.popTime
    of.brokerName = scanner.brokerName.text
    this.#gathering.find(of, scanner.reviveQueueId).add(scanner.offset, scanner.opaque, peer)
    peer.beginExpress()
    return true
  }

  /** What `poppedMessage` checks. Those popped in order are of no queue of the revive topic. */
  #isTaken({ topic, queueId, offset, reviveQueueId }: AckScanner): boolean {
    const { topics, store, log } = this.#deps
    const config = topics.get(topic.text)
    if (config === undefined || queueId >= config.readQueueNums || reviveQueueId >= log.queues) return false
    return offset >= store.minOffset(topic.text, queueId) && offset <= store.maxOffset(topic.text, queueId)
  }

  #put(acks: GatheredAcks): void {
    this.#deps.log.putAcks(acks.reviveQueueId, acks.of, acks.offsets).then(
      ({ status }) => this.#settled(acks, status),
      (error: unknown) => this.#failed(acks, error),
    )
  }

  #settled({ of, opaques, peers }: GatheredAcks, status: PutStatus): void {
    const { handedOut, lane } = this.#deps
    handedOut.noteAcks(of.group, of.topic, opaques.length)
    for (let i = 0; i < opaques.length; i++) {
      const peer = peers[i]!
      const opaque = opaques[i]!
      lane.leave()
      if (status === 'PUT_OK') {
        this.#reply.opaque = opaque
        peer.answerExpress(this.#reply)
      } else peer.answer({ opaque, serialization: 'json' }, { code: statusCodes[status] }, ackMessage)
      peer.endExpress()
    }
  }

  #failed({ opaques, peers }: GatheredAcks, error: unknown): void {
    for (const [i, opaque] of opaques.entries()) {
      const peer = peers[i]!
      this.#deps.lane.leave()
      const reply = peer.failureReply(refusalOf(error), opaque, ackMessage)
      peer.answer({ opaque, serialization: 'json' }, reply, ackMessage)
      peer.endExpress()
    }
  }
}
