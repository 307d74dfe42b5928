import { assert } from '@cometmq/platform'

/**
 * A bound on the requests of one kind that are in progress. A request that finds its lane full is answered SYSTEM_BUSY at once.
 * Held requests (long polling) leave their lane while they wait.
 */
export class Lane {
  readonly name: string
  readonly limit: number
  /** The setting that the limit comes from. */
  readonly setting: string | undefined
  #inProgress = 0

  constructor(name: string, limit: number, setting?: string) {
    assert(limit > 0, `lane ${name} needs a limit`)
    this.setting = setting
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

  /** Why a request cannot enter, and what to do. */
  get fullRemark(): string {
    const { name, limit, setting } = this
    const advice = setting === undefined ? 'try again later' : `try again later, or raise ${setting}`
    return `${limit} requests of lane "${name}" are in progress; ${advice}`
  }

  leave(): void {
    this.#inProgress--
    assert(this.#inProgress >= 0, `lane ${this.name} was left twice`)
  }
}
