import { firstOpaque } from './rocketmq/frame-template.ts'

const slotBits = 14
/** No more requests than this are in flight in all. */
export const slotLimit = 1 << slotBits
const turnMask = (1 << (30 - slotBits)) - 1

/**
 * One slot per request in flight. An opaque carries its slot, and how often the slot was used, so that a reply finds its
 * request without a map, and one that is late, doubled or made up is noticed.
 */
export class RequestSlots {
  readonly sentAtMs: Float64Array
  readonly #opaques: Int32Array
  readonly #turns: Int32Array

  constructor(count: number) {
    if (count < 1 || count > slotLimit) throw new RangeError(`in flight must be 1 to ${slotLimit}, not ${count}`)
    this.sentAtMs = new Float64Array(count)
    this.#opaques = new Int32Array(count)
    this.#turns = new Int32Array(count)
  }

  /** Marks the slot as sent and returns the opaque to send with. */
  begin(slot: number, nowMs: number): number {
    const turn = (this.#turns[slot]! + 1) & turnMask
    const opaque = firstOpaque | (turn << slotBits) | slot
    this.#turns[slot] = turn
    this.#opaques[slot] = opaque
    this.sentAtMs[slot] = nowMs
    return opaque
  }

  /** Returns the slot that waited for this opaque; throws when none does. */
  end(opaque: number): number {
    const slot = opaque & (slotLimit - 1)
    if (this.#opaques[slot] !== opaque)
      throw new Error(`a reply carries the opaque ${opaque}, which no request waits for`)
    this.#opaques[slot] = 0
    return slot
  }
}
