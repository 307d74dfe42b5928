import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { type CheckPoint, decodeReviveRecord, type ReviveRecord } from './check-point.ts'
import type { OpenBatches } from './open-batches.ts'
import type { ReviveLog } from './revive-log.ts'

export interface ReviveTailDeps {
  store: MessageStore
  log: Pick<ReviveLog, 'topic' | 'takeSaid'>
  open: OpenBatches
  clock: Clock
  logger: Logger
  /** Told of each check point. */
  onCheckPoint: (queueId: number, reviveOffset: number, point: CheckPoint) => void
}

/** Records that are read at once. */
const batchRecords = 256
/** The timer of an Apache broker gives a check point back a second before its time and what was acknowledged at its time: that is waited for. Apache waits 2 s. */
const timerGraceMs = 3_000
/** After a failed read. */
const retryMs = 1_000

/** Follows one queue of the revive topic and keeps `OpenBatches` as it says, from the last start on and for ever. */
export class ReviveTail {
  readonly queueId: number
  /** The record that is read next. */
  nextOffset: number
  readonly #deps: ReviveTailDeps
  #running: Promise<void> | undefined
  #retry: Timer | undefined
  #closed = false

  constructor(queueId: number, nextOffset: number, deps: ReviveTailDeps) {
    this.queueId = queueId
    this.nextOffset = nextOffset
    this.#deps = deps
  }

  /** Reads what has come. Resolves when all that was there at the call is known, or could not be read; `undefined` when it is known at once. */
  catchUp(): Promise<void> | undefined {
    if (this.#running !== undefined) return this.#running.then(() => this.catchUp())
    if (this.#closed || this.#takeSaid() === 'all') return undefined
    this.#running = this.#read()
      .catch((error: unknown) => {
        const { log, logger, clock } = this.#deps
        logger.error(
          { topic: log.topic, queueId: this.queueId, offset: this.nextOffset, reason: messageOf(error) },
          'the revive topic could not be read; messages that were not acknowledged come again later, trying again',
        )
        this.#retry?.cancel()
        if (!this.#closed) this.#retry = clock.after(retryMs, () => void this.catchUp())
      })
      .then(() => {
        this.#running = undefined
      })
    return this.#running
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#retry?.cancel()
    await this.#running
  }

  /** What this broker has put there itself it need not read. */
  #takeSaid(): 'all' | 'behind' {
    const { store, log } = this.#deps
    const end = store.maxOffset(log.topic, this.queueId)
    while (this.nextOffset < end) {
      const record = log.takeSaid(this.queueId, this.nextOffset)
      if (record === undefined) return 'behind'
      this.#apply(record.said, this.nextOffset, record.storedMs, 0)
      this.nextOffset++
    }
    return 'all'
  }

  async #read(): Promise<void> {
    const { store, log } = this.#deps
    const { topic } = log
    while (!this.#closed && this.#takeSaid() === 'behind') {
      const read = store.get({ topic, queueId: this.queueId, offset: this.nextOffset, maxMessages: batchRecords })
      const result = read instanceof Promise ? await read : read
      for (const record of result.records) this.#applyRecord(record)
      if (result.nextBeginOffset <= this.nextOffset) return
      this.nextOffset = result.nextBeginOffset
    }
  }

  #applyRecord(record: Buffer): void {
    const { logger, log } = this.#deps
    const { properties, body, queueOffset, storeTimestamp } = decodeRecord(record, 0)
    const said = decodeReviveRecord(propertyOf(properties, propertyNames.TAGS), body)
    if (said === undefined)
      return logger.warn(
        { topic: log.topic, queueId: this.queueId, offset: queueOffset },
        'passed by a record that says nothing of POP',
      )
    const isOfTimer = propertyOf(properties, propertyNames.TIMER_OUT_MS) !== undefined
    this.#apply(said, queueOffset, storeTimestamp, isOfTimer ? timerGraceMs : 0)
  }

  #apply(said: ReviveRecord, queueOffset: number, storedMs: number, graceMs: number): void {
    const { open, onCheckPoint } = this.#deps
    if (said.kind === 'acks') return open.acknowledged(this.queueId, said.of, said.offsets)
    onCheckPoint(this.queueId, queueOffset, said.checkPoint)
    open.opened(this.queueId, queueOffset, storedMs, said.checkPoint, graceMs)
  }
}
