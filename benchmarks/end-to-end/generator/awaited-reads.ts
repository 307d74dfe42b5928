/** Waits until every group of readers has read a number of messages, and not one more; and hears of failures meanwhile. */
export class AwaitedReads {
  readonly #readByGroup: () => readonly number[]
  readonly #failed = Promise.withResolvers<never>()
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined

  constructor(readByGroup: () => readonly number[]) {
    this.#readByGroup = readByGroup
    // Whoever waits for a count hears of a failure; without a waiter it must not end the process.
    this.#failed.promise.catch(() => {})
  }

  /** Somebody waits at the moment. */
  get isAwaited(): boolean {
    return this.#awaited !== undefined
  }

  /** Settles with the first failure, and never otherwise. */
  failed(): Promise<never> {
    return this.#failed.promise
  }

  readonly fail = (error: Error): void => this.#failed.reject(error)

  async exactly(count: number, withinMs: number): Promise<void> {
    const counted = Promise.withResolvers<void>()
    this.#awaited = { count, resolve: counted.resolve }
    const late = () =>
      new Error(`of ${count} acknowledged messages ${Math.min(...this.#readByGroup())} were read by the slowest group`)
    const timer = setTimeout(() => this.fail(late()), withinMs)
    this.check()
    try {
      await Promise.race([counted.promise, this.#failed.promise])
    } finally {
      clearTimeout(timer)
      this.#awaited = undefined
    }
  }

  /** Something was read. */
  check(): void {
    if (this.#awaited === undefined) return
    const { count, resolve } = this.#awaited
    const reads = this.#readByGroup()
    if (reads.every((read) => read === count)) resolve()
    else if (reads.some((read) => read > count))
      this.fail(new Error(`${Math.max(...reads)} messages were read, but only ${count} acknowledged`))
  }
}
