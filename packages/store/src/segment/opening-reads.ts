import type { Clock, DirectoryEntry, FileStat, FileSystem } from '@cometmq/platform'

/** How long a turn of the event loop goes on reading. */
const turnMs = 8
/** A small read that takes longer had to wait: for the disk, or, which is rare, for a processor. */
const slowMs = 0.5
/** Slow ones that show a slow disk, if there are not so many fast ones for each. */
const slowOnes = 3
const fastForSlow = 32
/** So many reads then go off the loop, where several can wait for the disk at once; twice as many when the next one on the loop is slow again. */
const firstAside = 16
const maxAside = 4096
/** Larger reads always go off the loop. */
const maxReadBytes = 16 * 1024

/**
 * Small reads while a store is opened and nothing is served yet: on the event loop, in short turns, as long as the system has in memory what is asked for. With tens of
 * thousands of queues five trips to another thread for each would take several times as long as the reads. When they wait for the disk they go to the threads.
 */
export class OpeningReads {
  readonly #files: FileSystem
  readonly #clock: Clock
  #turnStartedMs = Number.NEGATIVE_INFINITY
  #nextTurn: Promise<void> | undefined
  /** Reads that still go off the loop, and how many the next slow one sends there. */
  #aside = 0
  #asideNext = firstAside
  /** Slow reads, less those that fast ones make up for. */
  #slowness = 0

  constructor(files: FileSystem, clock: Clock) {
    this.#files = files
    this.#clock = clock
  }

  list(path: string): Promise<DirectoryEntry[]> {
    return this.#run(
      () => this.#files.listNow(path),
      () => this.#files.list(path),
    )
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#run(
      () => this.#files.statNow(path),
      () => this.#files.stat(path),
    )
  }

  /** `aside` does it off the loop. */
  read(path: string, buffer: Uint8Array, position: number, aside: () => Promise<number>): Promise<number> {
    if (buffer.length > maxReadBytes) return aside()
    return this.#run(() => this.#files.readNow(path, buffer, position), aside)
  }

  async #run<T>(now: () => T, aside: () => Promise<T>): Promise<T> {
    while (this.#aside === 0 && this.#clock.monotonicMs() - this.#turnStartedMs >= turnMs) await this.#turn()
    if (this.#aside > 0) {
      this.#aside--
      return aside()
    }
    const startedMs = this.#clock.monotonicMs()
    try {
      return now()
    } finally {
      this.#judge(this.#clock.monotonicMs() - startedMs)
    }
  }

  #judge(tookMs: number): void {
    if (tookMs <= slowMs) {
      this.#slowness = Math.max(0, this.#slowness - 1 / fastForSlow)
      if (this.#slowness === 0) this.#asideNext = firstAside
      return
    }
    this.#slowness = Math.min(slowOnes, this.#slowness + 1)
    if (this.#slowness < slowOnes - 1 / 2) return
    this.#aside = this.#asideNext
    this.#asideNext = Math.min(maxAside, this.#asideNext * 2)
  }

  /** Lets everybody else go first; all who read wait for the same turn. */
  #turn(): Promise<void> {
    this.#nextTurn ??= new Promise((resolve) =>
      this.#clock.endOfTick(() => {
        this.#nextTurn = undefined
        this.#turnStartedMs = this.#clock.monotonicMs()
        resolve()
      }),
    )
    return this.#nextTurn
  }
}
