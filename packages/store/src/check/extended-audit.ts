import { type ExtendedUnit, maxExtendedUnitBytes, readExtendedUnit } from '../format/extended-unit.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import type { ExpectedUnit } from './queue-audit.ts'

/** What is read at once of the extended units of a queue, and queues of which such a piece is kept: 16 MiB in all. The one used longest ago goes first. */
const windowBytes = 64 * 1024
const maxWindows = 256

interface Window {
  readonly from: number
  readonly bytes: Buffer
}

/** Holds the extended units that queue units name against the records. Those that none names are not looked at: a broker leaves some behind at a crash. */
export class ExtendedAudit {
  readonly #sequences = new Map<string, SegmentSequence>()
  readonly #windows = new Map<SegmentSequence, Window>()
  /** That were looked at. */
  units = 0

  add(topic: string, queueId: number, sequence: SegmentSequence): void {
    this.#sequences.set(keyOf(topic, queueId), sequence)
  }

  /** What is wrong with the unit at `address`; at once when it is in memory. */
  flawOf(expected: ExpectedUnit, address: number): string | undefined | Promise<string | undefined> {
    this.units++
    const sequence = this.#sequences.get(keyOf(expected.topic, expected.queueId))
    if (sequence === undefined) return `its unit names an extended one at ${address}, and the queue has none`
    const window = this.#windows.get(sequence)
    const at = window === undefined ? -1 : address - window.from
    const unit = window === undefined || at < 0 ? undefined : readExtendedUnit(window.bytes, at)
    return unit === undefined ? this.#load(sequence, expected, address) : flawIn(unit, expected, address)
  }

  async #load(sequence: SegmentSequence, expected: ExpectedUnit, address: number): Promise<string | undefined> {
    // No unit spans two files.
    const start = sequence.startOf(address)
    const left = start + sequence.fileBytes - address
    const bytes = Buffer.alloc(Math.min(left, Math.max(windowBytes, maxExtendedUnitBytes)))
    const read = sequence.starts.includes(start) ? await sequence.read(bytes, address) : 0
    this.#windows.delete(sequence)
    this.#windows.set(sequence, { from: address, bytes: bytes.subarray(0, read) })
    if (this.#windows.size > maxWindows) {
      for (const oldest of this.#windows.keys()) {
        this.#windows.delete(oldest)
        break
      }
    }
    const unit = readExtendedUnit(bytes.subarray(0, read), 0)
    if (unit === undefined) return `there is no whole extended unit at ${address}, which its unit names`
    return flawIn(unit, expected, address)
  }
}

function flawIn({ tagsCode, storeTimestamp }: ExtendedUnit, expected: ExpectedUnit, address: number) {
  if (tagsCode === expected.tagsCode && storeTimestamp === expected.storeTimestamp) return undefined
  return `its extended unit at ${address} says tags code ${tagsCode}, stored at ${storeTimestamp}, not ${expected.tagsCode}, ${expected.storeTimestamp}`
}

const keyOf = (topic: string, queueId: number) => `${topic}/${queueId}`
