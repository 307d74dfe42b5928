import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import type { TimerStore, TimerUnit } from '@cometmq/store/timer'
import { DueHeap } from './due-heap.ts'
import { isRecall, type OpenSeconds } from './open-seconds.ts'

export interface LoaderParts {
  store: MessageStore
  timers: TimerStore
  seconds: OpenSeconds
  clock: Clock
  logger: Logger
  /** Enough is in memory. */
  isFull: () => boolean
  /** Takes what waits for a second. `key`: of the message that it takes back. */
  admit: (second: number, unit: TimerUnit, key: string | undefined) => void
  /** A second is loaded, or can be tried again. */
  onLoaded: () => void
}

/** Seconds are loaded from the timer log so long before they begin: records of ten seconds are gathered. */
const aheadSeconds = 11
/** Units that are taken in one turn of the event loop; others have theirs before the next ones. */
const maxInTurn = 256
/** After a failure the second is loaded again. */
const retryMs = 1_000

/** Brings the seconds that are near from the timer log to memory, one after the other. */
export class SecondLoader {
  readonly #parts: LoaderParts
  #loading: Promise<void> | undefined
  #retry: Timer | undefined

  constructor(parts: LoaderParts) {
    this.#parts = parts
  }

  /** When the next second is to be loaded; `Infinity` when there is none, or it follows the one that is being loaded. */
  get nextMs(): number {
    const { timers, seconds, isFull } = this.#parts
    const next = timers.next(seconds.loaded + 1)
    return next === undefined || this.#isBusy || isFull() ? Number.POSITIVE_INFINITY : (next - aheadSeconds) * 1_000
  }

  loadNear(nowMs: number): void {
    const { timers, seconds, isFull } = this.#parts
    const until = Math.floor(nowMs / 1_000) + aheadSeconds
    if (this.#isBusy || isFull() || seconds.loaded >= until) return
    const next = Math.min(timers.next(seconds.loaded + 1) ?? until + 1, until + 1)
    // Nothing waits for those between.
    seconds.loaded = Math.min(next, until)
    if (next <= until) this.#begin(next)
  }

  async close(): Promise<void> {
    this.#retry?.cancel()
    await this.#loading
  }

  get #isBusy(): boolean {
    return this.#loading !== undefined || this.#retry !== undefined
  }

  #begin(second: number): void {
    const { seconds, clock, logger, onLoaded } = this.#parts
    const open = seconds.at(second)
    open.isLoading = true
    this.#loading = this.#load(second)
      .then(
        () => {
          open.isLoading = false
        },
        (error: unknown) => {
          logger.error({ second, reason: messageOf(error) }, 'timers of a second were not loaded; trying again')
          this.#retry = clock.after(retryMs, () => {
            this.#retry = undefined
            this.#begin(second)
          })
        },
      )
      .then(() => {
        this.#loading = undefined
        if (this.#retry === undefined) onLoaded()
      })
  }

  /** What takes messages back comes first; then the messages, with turns for others between. */
  async #load(second: number): Promise<void> {
    const { store, timers, clock, admit } = this.#parts
    const messages = new DueHeap()
    const recalls: TimerUnit[] = []
    for await (const unit of timers.units(second)) {
      if (isRecall(unit)) recalls.push(unit)
      else messages.push(unit, unit.dueMs, second)
    }
    recalls.sort((a, b) => a.physicalOffset - b.physicalOffset)
    const records = await store.recordsAt(recalls)
    for (const [index, unit] of recalls.entries()) {
      const record = records[index]
      admit(second, unit, record === undefined ? undefined : takenBackBy(record))
    }
    let previous = -1
    let inTurn = 0
    for (let next = messages.pop(); next !== undefined; next = messages.pop()) {
      // Apache's broker may note a message twice when it is started again.
      if (next.unit.physicalOffset !== previous) admit(second, next.unit, undefined)
      previous = next.unit.physicalOffset
      if (++inTurn % maxInTurn === 0) await new Promise<void>((resolve) => clock.endOfTick(resolve))
    }
  }
}

const takenBackBy = (record: Buffer) => propertyOf(decodeRecord(record, 0).properties, propertyNames.TIMER_DEL_UNIQKEY)
