import { type Address, type Clock, isOutOfSpace, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import { brokerLimits } from '../limits.ts'
import type { BrokerOptions } from '../options.ts'
import { opEntryOf, opMessageOf } from './op-message.ts'
import { RecentEntries } from './recent-entries.ts'

export interface DecisionsDeps {
  store: MessageStore
  options: Pick<BrokerOptions, 'opMessageBytes' | 'opMessageMs'>
  storeHost: Address
  clock: Clock
  logger: Logger
}

/** A half message that is being decided. */
export interface Decision {
  /** What will be answered. Rejects when the half message stays open. */
  outcome(): Promise<number>
}

/**
 * Which half messages are decided, by their queue offsets. A decision is written to the log together with others of the next moments, as an op message; until then
 * it is known here alone, and after a crash the producer is asked again. Source: TransactionalOpBatchService of Apache RocketMQ.
 *
 * Differs: a decision that is told twice takes effect once; and it counts for the copies of the half message too that checks have appended meanwhile. Both are
 * known for as long as the process lives and the limits allow.
 */
export class Decisions {
  readonly #deps: DecisionsDeps
  readonly #underWay = new Map<number, Decision>()
  /** All pending ones are among them. */
  readonly #decided = new RecentEntries<number, true>(brokerLimits.knownDecisions)
  /** Decided, and in no op message yet. */
  #pending: number[] = []
  #pendingBytes = 0
  /** Where the copy of a half message is. */
  readonly #movedTo = new RecentEntries<number, number>(brokerLimits.movedHalfMessages)
  #timer: Timer | undefined
  #writing: Promise<void> | undefined
  #closed = false

  constructor(deps: DecisionsDeps) {
    this.#deps = deps
  }

  /** Whether a decision is known here; all that are not in a readable op message are. */
  has(halfOffset: number): boolean {
    return this.#decided.get(halfOffset) === true
  }

  isUnderWay(halfOffset: number): boolean {
    return this.#underWay.has(halfOffset)
  }

  /**
   * Carries a decision out, once: `act` answers a response code, and when it rejects the half message stays open.
   * @throws Refusal SYSTEM_BUSY when too many decisions wait to be written
   */
  decide(halfOffset: number, act: () => Promise<number>): Promise<number> {
    if (this.has(halfOffset)) return Promise.resolve(responseCode.SUCCESS)
    const running = this.#underWay.get(halfOffset)
    if (running !== undefined) return running.outcome()
    if (this.#isFull) {
      const remark = `${brokerLimits.pendingDecisions} decisions on transactions wait to be written; the store does not take them, see its log; the transaction stays open and is checked later`
      return Promise.reject(new Refusal(responseCode.SYSTEM_BUSY, remark))
    }
    const deciding = this.#decide(halfOffset, act)
    this.#underWay.set(halfOffset, { outcome: () => deciding })
    return deciding
  }

  /** `decide` for who does what is to be done, and then calls `finish` or `abandon`. False when `decide` would not begin it. */
  begin(halfOffset: number, decision: Decision): boolean {
    if (this.has(halfOffset) || this.#underWay.has(halfOffset) || this.#isFull) return false
    this.#underWay.set(halfOffset, decision)
    return true
  }

  /** It is decided. */
  finish(halfOffset: number): void {
    this.#underWay.delete(halfOffset)
    for (let offset: number | undefined = halfOffset; offset !== undefined; ) {
      this.#add(offset)
      const next = this.#movedTo.get(offset)
      this.#movedTo.delete(offset)
      offset = next
    }
  }

  /** It stays open. */
  abandon(halfOffset: number): void {
    this.#underWay.delete(halfOffset)
  }

  /** A half message was appended again; when it is decided already, so is the copy. */
  moved(from: number, to: number): void {
    if (this.has(from)) return this.#add(to)
    this.#movedTo.set(from, to)
  }

  /** Writes what is pending, once nothing is under way. */
  async close(): Promise<void> {
    this.#closed = true
    this.#timer?.cancel()
    await Promise.allSettled([...this.#underWay.values()].map((decision) => decision.outcome()))
    await this.#writing
    await this.#writePending()
  }

  get #isFull(): boolean {
    return this.#pending.length + this.#underWay.size >= brokerLimits.pendingDecisions
  }

  async #decide(halfOffset: number, act: () => Promise<number>): Promise<number> {
    try {
      // Not in the turn of the call, which is to note that this is under way.
      await undefined
      const code = await act()
      this.finish(halfOffset)
      return code
    } catch (error) {
      this.abandon(halfOffset)
      throw error
    }
  }

  #add(halfOffset: number): void {
    this.#decided.set(halfOffset, true)
    this.#pending.push(halfOffset)
    this.#pendingBytes += opEntryOf(halfOffset).length
    if (this.#closed) return
    if (this.#pendingBytes >= this.#deps.options.opMessageBytes) this.#write()
    else this.#timer ??= this.#deps.clock.after(this.#deps.options.opMessageMs, () => this.#write())
  }

  #write(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#writing ??= this.#writePending().finally(() => {
      this.#writing = undefined
      // What came meanwhile, or could not be written.
      if (this.#pending.length > 0 && !this.#closed)
        this.#timer ??= this.#deps.clock.after(this.#deps.options.opMessageMs, () => this.#write())
    })
  }

  async #writePending(): Promise<void> {
    const { store, clock, storeHost, logger, options } = this.#deps
    let due = this.#pending.length
    try {
      // What comes meanwhile waits for its own time, unless it fills a message.
      while (due > 0 || this.#pendingBytes >= options.opMessageBytes) {
        const { entries, count } = this.#nextEntries()
        await store.put(opMessageOf(entries, clock.now(), storeHost))
        this.#pending = this.#pending.slice(count)
        this.#pendingBytes -= entries.length
        due -= count
      }
    } catch (error) {
      // Of a full disk the store has told, once.
      if (isOutOfSpace(error)) return
      logger.error(
        { decisions: this.#pending.length, reason: messageOf(error) },
        'decisions on transactions were not written; if the broker ends before they are, producers are asked again',
      )
    }
  }

  /** As many as one op message has: the last one takes it to its size or over it. */
  #nextEntries(): { entries: string; count: number } {
    let entries = ''
    let count = 0
    while (count < this.#pending.length && entries.length < this.#deps.options.opMessageBytes)
      entries += opEntryOf(this.#pending[count++]!)
    return { entries, count }
  }
}
