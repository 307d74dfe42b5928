import { StoreError } from '../error.ts'

const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }
/** RocketMQ's answer to a level that it does not know. */
const unknownLevelMs = 1_000

/** The delays of the levels of delayed messages. */
export class DelayLevels {
  readonly #delaysMs: readonly number[]

  /** `text` is like `1s 5s 2h`; the first level is 1. Throws a `StoreError` when it is not. */
  constructor(text: string) {
    this.#delaysMs = text
      .trim()
      .split(/\s+/)
      .map((word) => {
        const [, digits, unit] = /^(\d+)([smhd])$/.exec(word) ?? []
        if (digits === undefined || unit === undefined) {
          throw new StoreError(
            'STORE_OPEN_FAILED',
            `messageDelayLevel: "${word}" is no delay such as 10s, 5m, 2h or 1d`,
          )
        }
        return Number(digits) * unitMs[unit]!
      })
  }

  /** When a message of `level` is to be delivered. A level above the highest counts as the highest. */
  deliverAt(level: number, storeTimestamp: number): number {
    const delayMs = this.#delaysMs[Math.min(level, this.#delaysMs.length) - 1] ?? unknownLevelMs
    return storeTimestamp + delayMs
  }
}
