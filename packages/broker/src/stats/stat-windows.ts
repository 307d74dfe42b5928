/** What one window says, as administrators get it. Source: StatsSnapshot of Apache RocketMQ. */
export interface WindowFigures {
  /** How much was counted in the window. */
  readonly sum: number
  /** That per second. */
  readonly tps: number
  /** That per act, as messages per pull. */
  readonly avgpt: number
}

export interface Figures {
  readonly statsMinute: WindowFigures
  readonly statsHour: WindowFigures
  readonly statsDay: WindowFigures
}

/** Counters that only grow: how much, and in how many acts. */
export interface Counted {
  readonly sum: number
  readonly acts: number
}

/** How many samples each window has at most. Source: StatsItem of Apache RocketMQ: 7 every 10 s, 7 every 10 min, 25 every hour. */
const widths = { minute: 7, hour: 7, day: 25 } as const
export type Window = keyof typeof widths
const windows = Object.keys(widths) as Window[]

/** When samples were taken, for all that is counted together. The newest is the last. */
export class SampleTimes {
  readonly minute: number[] = []
  readonly hour: number[] = []
  readonly day: number[] = []

  add(window: Window, atMs: number): void {
    push(this[window], atMs, widths[window])
  }
}

interface Samples {
  readonly sums: number[]
  readonly acts: number[]
}

/** Samples of one counter over the last minute, hour and day; their times are those of `SampleTimes`, counted from the end. */
export class StatWindows {
  readonly #samples: Record<Window, Samples>

  /** `before`: what the counter said when there was nothing to count yet. */
  constructor(before: Counted) {
    const first = () => ({ sums: [before.sum], acts: [before.acts] })
    this.#samples = { minute: first(), hour: first(), day: first() }
  }

  add(window: Window, { sum, acts }: Counted): void {
    const samples = this.#samples[window]
    push(samples.sums, sum, widths[window])
    push(samples.acts, acts, widths[window])
  }

  figures(times: SampleTimes): Figures {
    const [statsMinute, statsHour, statsDay] = windows.map((window) => figuresOf(this.#samples[window], times[window]))
    return { statsMinute: statsMinute!, statsHour: statsHour!, statsDay: statsDay! }
  }
}

/** Of what is not counted but measured now and then. */
export function unchanging(sum: number): Figures {
  const figures = { sum, tps: 0, avgpt: 0 }
  return { statsMinute: figures, statsHour: figures, statsDay: figures }
}

function figuresOf({ sums, acts }: Samples, times: readonly number[]): WindowFigures {
  if (sums.length < 2) return { sum: 0, tps: 0, avgpt: 0 }
  const sum = sums.at(-1)! - sums[0]!
  const elapsedMs = times.at(-1)! - times.at(-sums.length)!
  const actsMade = acts.at(-1)! - acts[0]!
  return { sum, tps: elapsedMs > 0 ? (sum * 1_000) / elapsedMs : 0, avgpt: actsMade > 0 ? sum / actsMade : 0 }
}

function push(list: number[], value: number, width: number): void {
  list.push(value)
  if (list.length > width) list.shift()
}
