import { brokerLimits } from '../limits.ts'
import type { ReviveRecord } from './check-point.ts'

/** A record of the revive topic that this broker has put there itself. */
export interface SaidRecord {
  readonly queueOffset: number
  readonly storedMs: number
  readonly said: ReviveRecord
}

/** So many places of records that were taken are given back at once. */
const headToCut = 1_024

/**
 * What the last records of one queue of the revive topic say, for who follows it: he need not read and decode what the broker has just made. Only what is in order is kept; what is not here is in the topic.
 */
export class SaidRecords {
  #records: SaidRecord[] = []
  #head = 0

  get size(): number {
    return this.#records.length - this.#head
  }

  /** A record was appended. One that is not written, and is taken back, gives its offset to another: what is not before that is forgotten. */
  add(record: SaidRecord): void {
    const records = this.#records
    this.forgetFrom(record.queueOffset)
    if (this.size >= brokerLimits.saidReviveRecords) this.#clear()
    records.push(record)
  }

  /** The records from the offset on are not written, or somebody else's. */
  forgetFrom(queueOffset: number): void {
    while (this.size > 0 && this.#records.at(-1)!.queueOffset >= queueOffset) this.#records.pop()
  }

  /** The record at the offset, and forgets those before it; `undefined` when it has to be read. */
  take(queueOffset: number): SaidRecord | undefined {
    const records = this.#records
    while (this.size > 0 && records[this.#head]!.queueOffset < queueOffset) this.#head++
    const record = this.size > 0 ? records[this.#head]! : undefined
    const isIt = record?.queueOffset === queueOffset
    if (isIt) this.#head++
    if (this.#head === records.length) this.#clear()
    else if (this.#head >= headToCut) this.#cut()
    return isIt ? record : undefined
  }

  #cut(): void {
    this.#records.splice(0, this.#head)
    this.#head = 0
  }

  #clear(): void {
    this.#records.length = 0
    this.#head = 0
  }
}
