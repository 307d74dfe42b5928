import { BareReplyWriter, EndTransactionScanner, flagOneway, RecordCopy, responseCode } from '@cometmq/protocol'
import { endTransaction } from '@cometmq/protocol/commands'
import { propertyNames, readQueueOffset, sysFlag, systemTopics } from '@cometmq/protocol/message'
import type { Express, Lane, Peer } from '@cometmq/remoting'
import { type MessageStore, type PlainPutOptions, type PutStatus, PutTicket } from '@cometmq/store'
import type { Decision, Decisions } from '../transactions/decisions.ts'
import { statusCodes } from './received-message.ts'
import { refusalOf } from './refusals.ts'

export interface ExpressCommitDeps {
  store: MessageStore
  decisions: Decisions
  /** The one that decisions are counted in when they go the usual way. */
  lane: Lane
}

/** Tickets that are kept for the next decisions. */
const maxSpareTickets = 4096
const halfTopic = Buffer.from(systemTopics.TRANS_HALF)
const { REAL_TOPIC, REAL_QID, DELAY, CHECK_IMMUNITY_TIME_IN_SECONDS } = propertyNames
const { TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS } = propertyNames

/**
 * The fast way of a commit: the half message is still in memory, and waits for nothing more. Its record is copied to where consumers see it, without decoding request or record. Whatever is
 * not usual, or would be refused, goes through `decide`, which also says why. Both must do alike: a property test holds them together.
 */
export class ExpressCommit implements Express {
  readonly #deps: ExpressCommitDeps
  readonly #scanner = new EndTransactionScanner()
  readonly #copy = new RecordCopy({
    without: [REAL_TOPIC, REAL_QID],
    notWith: [DELAY, TIMER_DELAY_SEC, TIMER_DELAY_MS, TIMER_DELIVER_MS, CHECK_IMMUNITY_TIME_IN_SECONDS],
  })
  readonly #putOptions: PlainPutOptions = { tagsCode: 0, waitStored: true, delayLevel: 0 }
  readonly #reply = new BareReplyWriter()
  readonly #spare: CommitTicket[] = []

  constructor(deps: ExpressCommitDeps) {
    this.#deps = deps
  }

  take(bytes: Buffer, start: number, end: number, peer: Peer): boolean {
    const { lane, store, decisions } = this.#deps
    const scanner = this.#scanner
    if (!scanner.scan(bytes, start, end) || scanner.commitOrRollback !== sysFlag.TRANSACTION_COMMIT) return false
    if (!this.#find(scanner) || !lane.enter()) return false
    const ticket = this.#spare.pop() ?? new CommitTicket(this.#deps, this.#reply, this.#spare)
    ticket.halfOffset = scanner.tranStateTableOffset
    const isBegun = decisions.begin(ticket.halfOffset, ticket)
    if (isBegun && store.putPlain(this.#copy.message, this.#putOptions, ticket)) {
      ticket.begin(scanner, peer)
      peer.beginExpress()
      return true
    }
    if (isBegun) decisions.abandon(ticket.halfOffset)
    lane.leave()
    this.#spare.push(ticket)
    return false
  }

  /** Makes of the half message what it becomes. False when it is not in memory, or not the one that is meant, or not plain. */
  #find({ commitLogOffset, tranStateTableOffset, group, groupLength }: EndTransactionScanner): boolean {
    const record = this.#deps.store.recordNow(commitLogOffset)
    const copy = this.#copy
    if (record === undefined || !copy.read(record) || !copy.isIn(halfTopic)) return false
    if (readQueueOffset(record, 0) !== tranStateTableOffset || !copy.isOfGroup(group, groupLength)) return false
    const { message } = copy
    message.sysFlag = (message.sysFlag & ~sysFlag.TRANSACTION_MASK) | sysFlag.TRANSACTION_COMMIT
    message.preparedTransactionOffset = copy.physicalOffset
    this.#putOptions.tagsCode = copy.tagsCode
    return true
  }
}

/** One commit between its append and its reply; used again for another when it is answered. */
class CommitTicket extends PutTicket implements Decision {
  halfOffset = 0
  #opaque = 0
  #isOneway = false
  #peer: Peer | undefined
  #outcome: PromiseWithResolvers<number> | undefined
  readonly #deps: ExpressCommitDeps
  readonly #reply: BareReplyWriter
  readonly #spare: CommitTicket[]

  constructor(deps: ExpressCommitDeps, reply: BareReplyWriter, spare: CommitTicket[]) {
    super()
    this.#deps = deps
    this.#reply = reply
    this.#spare = spare
  }

  begin({ opaque, frameFlag }: EndTransactionScanner, peer: Peer): void {
    this.#opaque = opaque
    this.#isOneway = (frameFlag & flagOneway) !== 0
    this.#peer = peer
  }

  /** For who decides the same meanwhile. */
  outcome(): Promise<number> {
    this.#outcome ??= Promise.withResolvers<number>()
    return this.#outcome.promise
  }

  settle(status: PutStatus): void {
    const code = statusCodes[status]
    this.#deps.decisions.finish(this.halfOffset)
    this.#outcome?.resolve(code)
    if (!this.#isOneway) this.#answer(code)
    this.#end()
  }

  fail(error: Error): void {
    const peer = this.#peer!
    const refusal = refusalOf(error)
    this.#deps.decisions.abandon(this.halfOffset)
    this.#outcome?.reject(refusal)
    const reply = peer.failureReply(refusal, this.#opaque, endTransaction)
    if (!this.#isOneway) peer.answer(this.#request(), reply, endTransaction)
    this.#end()
  }

  #answer(code: number): void {
    const peer = this.#peer!
    if (code !== responseCode.SUCCESS) return peer.answer(this.#request(), { code }, endTransaction)
    this.#reply.opaque = this.#opaque
    peer.answerExpress(this.#reply)
  }

  #end(): void {
    const peer = this.#peer!
    this.#peer = undefined
    this.#outcome = undefined
    this.#deps.lane.leave()
    if (this.#spare.length < maxSpareTickets) this.#spare.push(this)
    peer.endExpress()
  }

  #request() {
    return { opaque: this.#opaque, serialization: 'json' } as const
  }
}
