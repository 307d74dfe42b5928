import { Worker } from 'node:worker_threads'

/** What the thread is given: the clock of `performance.timeOrigin + performance.now()`, which all threads share. */
export interface Pace {
  readonly startMs: number
  readonly tickMs: number
  /** One cell: 1 while a beat is on its way, so that beats do not pile up when the listener is late. */
  readonly pending: Int32Array<SharedArrayBuffer>
}

/**
 * Beats at the ticks of a schedule. Timers of the event loop are a millisecond or more late, and spinning would take a
 * core from the server, so a thread sleeps on a futex until each tick and then wakes the loop.
 */
export class Pacemaker {
  readonly #thread: Worker

  constructor(startMs: number, tickMs: number, onBeat: () => void) {
    const pending = new Int32Array(new SharedArrayBuffer(4))
    const pace: Pace = { startMs: performance.timeOrigin + startMs, tickMs, pending }
    this.#thread = new Worker(new URL('pacemaker-thread.ts', import.meta.url), { workerData: pace })
    this.#thread.on('message', () => {
      Atomics.store(pending, 0, 0)
      onBeat()
    })
  }

  async stop(): Promise<void> {
    await this.#thread.terminate()
  }
}
