import type { Logger } from '@cometmq/platform'
import type { StoreError } from './error.ts'

/** Keeps the first failure of the disk. It is for good: what a failed sync has lost cannot be told, so nothing is acknowledged afterwards. */
export class FailureLatch {
  readonly #logger: Logger
  #failure: StoreError | undefined
  #listener: ((failure: StoreError) => void) | undefined

  constructor(logger: Logger) {
    this.#logger = logger
  }

  get failure(): StoreError | undefined {
    return this.#failure
  }

  /** `listener` is called once, at once when there was a failure already. */
  listen(listener: (failure: StoreError) => void): void {
    this.#listener = listener
    if (this.#failure !== undefined) listener(this.#failure)
  }

  readonly report = (failure: StoreError): void => {
    this.#logger.error({ code: failure.code, error: failure.message }, 'the store failed')
    if (this.#failure !== undefined) return
    this.#failure = failure
    this.#listener?.(failure)
  }
}
