/** A fact must be equal on every server. */
export type Fact = null | boolean | number | string | readonly Fact[]

/** What one scenario, run by one client, found on one server. */
export interface ScenarioResult {
  readonly scenario: string
  readonly error: string | null
  readonly facts: Readonly<Record<string, Fact>>
  /** Numbers that differ from run to run; some have a bound. */
  readonly measurements: Readonly<Record<string, number>>
  readonly tookMs: number
}

export function failedResult(scenario: string, error: string): ScenarioResult {
  return { scenario, error, facts: {}, measurements: {}, tookMs: 0 }
}

/** What a program prints that runs scenarios: a JSON line for each result. */
export class PrintedResults {
  readonly #missing: Set<string>
  readonly #onResult: (result: ScenarioResult) => void

  constructor(names: readonly string[], onResult: (result: ScenarioResult) => void) {
    this.#missing = new Set(names)
    this.#onResult = onResult
  }

  readonly onLine = (line: string): void => {
    if (!line.startsWith('{')) return
    const result = JSON.parse(line) as ScenarioResult
    this.#missing.delete(result.scenario)
    this.#onResult(result)
  }

  /** The program has ended, and why: a scenario without an answer gets a failed result. */
  end(why: string): void {
    for (const name of this.#missing) this.#onResult(failedResult(name, why))
  }
}

/** A scenario by a client, on every side. */
export interface Row {
  readonly scenario: string
  readonly client: string
  /** By the label of the side. */
  readonly results: Readonly<Record<string, ScenarioResult>>
  /** What the first try had against it, when these are the results of a later one. */
  readonly firstTry?: readonly string[]
  /** How often it was run, when more than once. */
  readonly tries?: number
}

export interface Verdict {
  readonly row: Row
  /** Empty: passed. */
  readonly problems: readonly string[]
  /** Differences that are listed as accepted, with their reasons. */
  readonly accepted: readonly string[]
}
