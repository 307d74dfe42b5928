/** Further processes of this program, as an argument. The real ones are in `platform/node`. */
export interface Processes {
  /**
   * Starts this program once more, as a child that ends when we are gone, however that came about. A Ctrl-C of the terminal does not reach it: the
   * parent decides. `onLine` gets each line that it writes.
   */
  start(args: readonly string[], onLine: (stream: OutputStream, line: string) => void): Promise<ChildProcess>
}

export type OutputStream = 'stdout' | 'stderr'

export interface ChildProcess {
  /** Absent when it could not be started; `ended` says why. */
  readonly pid: number | undefined
  /** Resolves when it is gone and its last line was passed on. Never rejects. */
  readonly ended: Promise<ProcessEnd>
  /** Asks it to close (SIGTERM). Once it is gone this does nothing. */
  stop(): void
  /** Ends it as a crash would (SIGKILL). */
  kill(): void
}

/** How a process ended. */
export interface ProcessEnd {
  /** Whether it ended by itself and called that a success. */
  readonly isSuccess: boolean
  /** For people: `exit code 1`, `SIGKILL`, or why it could not be started. */
  readonly how: string
}
