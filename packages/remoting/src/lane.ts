import { assert } from '@cometmq/platform'

/**
 * A bound on the requests of one kind that are in progress. A request that finds its lane full is answered SYSTEM_BUSY at once.
 * Held requests (long polling) leave their lane while they wait.
 */
export class Lane {
  readonly name: string
  readonly limit: number
  #inProgress = 0

  constructor(name: string, limit: number) {
    assert(limit > 0, `lane ${name} needs a limit`)
    this.name = name
    this.limit = limit
  }

  get inProgress(): number {
    return this.#inProgress
  }

  /** False when the lane is full. */
  enter(): boolean {
    if (this.#inProgress >= this.limit) return false
    this.#inProgress++
    return true
  }

  leave(): void {
    this.#inProgress--
    assert(this.#inProgress >= 0, `lane ${this.name} was left twice`)
  }
}
