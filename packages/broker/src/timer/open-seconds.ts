import { type TimerUnit, timerBits } from '@cometmq/store/timer'

/** A second of which something is in memory. */
export interface OpenSecond {
  /** Messages that are neither delivered nor dropped. */
  waiting: number
  isLoading: boolean
  /** Unique keys of messages that were taken back. */
  readonly recalled: Set<string>
  /** The units that took them back. */
  readonly recalls: TimerUnit[]
  /** Where in the commit log the first of its deliveries can be. */
  deliveredFrom: number | undefined
}

/** The seconds that are being delivered, from `read` on, before which nothing waits. Those up to `loaded` are in memory. */
export class OpenSeconds {
  readonly #seconds = new Map<number, OpenSecond>()
  read: number
  loaded: number

  constructor(read: number) {
    this.read = read
    this.loaded = read - 1
  }

  at(second: number): OpenSecond {
    let found = this.#seconds.get(second)
    if (found === undefined) {
      found = { waiting: 0, isLoading: false, recalled: new Set(), recalls: [], deliveredFrom: undefined }
      this.#seconds.set(second, found)
    }
    return found
  }

  entries(): IterableIterator<[number, OpenSecond]> {
    return this.#seconds.entries()
  }

  /** Leaves behind the seconds before `second` of which nothing waits. */
  advance(second: number): void {
    while (this.read < second && this.read <= this.loaded) {
      const open = this.#seconds.get(this.read)
      if (open !== undefined && (open.waiting > 0 || open.isLoading)) return
      this.#seconds.delete(this.read++)
    }
  }

  /** Where in the commit log deliveries of open seconds can be; `end` when there are none. */
  deliveredFrom(end: number): number {
    let from = end
    for (const { deliveredFrom } of this.#seconds.values()) from = Math.min(from, deliveredFrom ?? end)
    return from
  }
}

/** Whether the unit takes a message back. One that is to be appended again does so when its time has come. */
export const isRecall = ({ bits }: TimerUnit) => (bits & timerBits.DELETE) !== 0 && (bits & timerBits.ROLL) === 0
