import type { Clock, FileSystem, Logger, LogLevel, Network, Processes, Random } from '@cometmq/platform'

/** The machine, as a command sees it. */
export interface World {
  readonly clock: Clock
  readonly random: Random
  readonly files: FileSystem
  readonly network: Network
  readonly pid: number
  readonly memoryBytes: number
  /** Milliseconds for which the event loop was busy so far. */
  loopBusyMs?(): number
  /** Threads that read and write files. */
  readonly fileThreads?: number
  /** Further processes of this command. */
  readonly processes: Processes
  /** The addresses under which other machines may reach this one, likeliest first. */
  hostAddresses(): readonly string[]
  logger(options: { level: LogLevel; json: boolean }): Logger
}
