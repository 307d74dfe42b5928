import { assert } from './assert.ts'

/** The life of everything that is started and closed. What could not start is closed too, from `starting`. */
export type LifecycleState = 'new' | 'starting' | 'running' | 'closing' | 'closed'

const transitions: Readonly<Record<LifecycleState, readonly LifecycleState[]>> = {
  new: ['starting', 'closing'],
  starting: ['running', 'closing'],
  running: ['closing'],
  closing: ['closed'],
  closed: [],
}

/** Holds a state and refuses steps that the table does not have. */
export class Lifecycle {
  #state: LifecycleState = 'new'
  readonly #subject: string
  #closing: Promise<void> | undefined

  constructor(subject: string) {
    this.#subject = subject
  }

  get state(): LifecycleState {
    return this.#state
  }

  get isRunning(): boolean {
    return this.#state === 'running'
  }

  move(to: LifecycleState): void {
    assert(transitions[this.#state].includes(to), `${this.#subject}: ${this.#state} → ${to}`)
    this.#state = to
  }

  /** Runs `work` for the first caller; every caller waits for its end. This is what makes `close` idempotent. */
  close(work: () => Promise<void>): Promise<void> {
    this.#closing ??= (async () => {
      this.move('closing')
      try {
        await work()
      } finally {
        this.move('closed')
      }
    })()
    return this.#closing
  }
}
