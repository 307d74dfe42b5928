/** What the bench needs of a server under test. A new one is a file beside this and a line in `registry.ts`. */
import type { Protocol } from '../generator/job.ts'
import type { Workload } from '../workloads.ts'

export type FlushMode = 'async' | 'sync'

export interface StartOptions {
  /** For everything that the server writes: empty, or what the same kind of server left there. */
  readonly directory: string
  readonly flush: FlushMode
  /** Added to every port, so that two benches can run beside each other. */
  readonly portOffset: number
  /** For servers on the JVM: the broker's heap, smallest and largest alike. */
  readonly heap: string
}

export interface ServerKind {
  readonly name: string
  readonly protocol: Protocol
  /** All that it listens on, without an offset: nothing else may be there. */
  readonly ports: readonly number[]
  /** Why a workload is not run against it; undefined when it is. */
  cannot(workload: Workload): string | undefined
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
  /** Where it is several brokers: all their ports, the first included. */
  readonly brokerPorts?: readonly number[]
  /** Which kind of queue keeps the promise of the flush mode, where a server has several. */
  readonly queueType?: string
  /** Where clients of RocketMQ look up routes; absent for other protocols. */
  readonly namesrvPort?: number
  /** On the clock of `performance.now()`: when the first process was started. */
  readonly startedAtMs: number
  /** Resolves with the instant at which the server said that it serves; rejects with its last output when it ends before. */
  readonly ready: Promise<number>
  readonly settings: readonly string[]
  pids(): number[]
  /** Asks it to close (SIGTERM), insists after 30 s (SIGKILL), and resolves when all its processes are gone. */
  stop(): Promise<void>
  /** Kills it as a crash would (SIGKILL), and resolves when all its processes are gone. */
  kill(): Promise<void>
}
