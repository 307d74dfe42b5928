import { type Clock, type Logger, messageOf, type Timer } from '@cometmq/platform'
import { decodeRecord, propertyNames, propertyOf } from '@cometmq/protocol/message'
import type { MessageStore } from '@cometmq/store'
import { type CheckPoint, decodeReviveRecord } from './check-point.ts'
import type { OpenBatches } from './open-batches.ts'

export interface ReviveTailDeps {
  store: MessageStore
  topic: string
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

  /** Reads what has come. Resolves when all that was there at the call is known, or could not be read. */
  catchUp(): Promise<void> | undefined {
    if (this.#running !== undefined) return this.#running.then(() => this.catchUp())
    if (this.#closed || !this.#isBehind()) return undefined
    this.#running = this.#read()
      .catch((error: unknown) => {
        const { topic, logger, clock } = this.#deps
        logger.error(
          { topic, queueId: this.queueId, offset: this.nextOffset, reason: messageOf(error) },
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

  #isBehind(): boolean {
    return this.#deps.store.maxOffset(this.#deps.topic, this.queueId) > this.nextOffset
  }

  async #read(): Promise<void> {
    const { store, topic } = this.#deps
    while (!this.#closed && this.#isBehind()) {
      const read = store.get({ topic, queueId: this.queueId, offset: this.nextOffset, maxMessages: batchRecords })
      const result = read instanceof Promise ? await read : read
      for (const record of result.records) this.#apply(record)
      if (result.nextBeginOffset <= this.nextOffset) return
      this.nextOffset = result.nextBeginOffset
    }
  }

  #apply(record: Buffer): void {
    const { open, logger, topic, onCheckPoint } = this.#deps
    const { properties, body, queueOffset, storeTimestamp } = decodeRecord(record, 0)
    const said = decodeReviveRecord(propertyOf(properties, propertyNames.TAGS), body)
    if (said === undefined)
      logger.warn({ topic, queueId: this.queueId, offset: queueOffset }, 'passed by a record that says nothing of POP')
    else if (said.kind === 'checkPoint') {
      onCheckPoint(this.queueId, queueOffset, said.checkPoint)
      const isOfTimer = propertyOf(properties, propertyNames.TIMER_OUT_MS) !== undefined
      open.opened(this.queueId, queueOffset, storeTimestamp, said.checkPoint, isOfTimer ? timerGraceMs : 0)
    } else open.acknowledged(this.queueId, said.of, said.offsets)
  }
}
