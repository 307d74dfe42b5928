/** What the bench needs of a server under test. A new one is a file beside this and a line in `registry.ts`. */
export type FlushMode = 'async' | 'sync'

export interface StartOptions {
  /** An empty directory for everything that the server writes. */
  readonly directory: string
  readonly flush: FlushMode
  /** For servers on the JVM: the broker's heap, smallest and largest alike. */
  readonly heap: string
}

export interface ServerKind {
  readonly name: string
  /** False for one that only acknowledges: there is nothing to read back from it. */
  readonly stores: boolean
  /** Undefined when it can run here; otherwise what is missing. */
  missing(): Promise<string | undefined>
  /** Fetches what is needed, so that no download is timed. */
  prepare(): Promise<void>
  /** The versions to print beside the figures. */
  versions(): Promise<Record<string, string>>
  /** Starts the processes and returns at once; never throws for what `ready` can report. */
  start(options: StartOptions): RunningServer
}

export interface RunningServer {
  readonly host: string
  readonly brokerPort: number
  /** On the clock of `performance.now()`: when the first process was started. */
  readonly startedAtMs: number
  /** Resolves with the instant at which the server said that it serves; rejects with its last output when it ends before. */
  readonly ready: Promise<number>
  readonly settings: readonly string[]
  pids(): number[]
  /** Asks it to close (SIGTERM), insists after 30 s (SIGKILL), and resolves when all its processes are gone. */
  stop(): Promise<void>
}
