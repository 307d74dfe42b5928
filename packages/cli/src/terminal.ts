/** Whoever started the command: reads its lines, and may tell it to stop. */
export interface Terminal {
  /** A line of the command's result, on the output stream. */
  print(line: string): void
  /** A line about the command's work, on the error stream. */
  remark(line: string): void
  /** How far a long command is: shown in place where somebody watches, dropped otherwise. Nothing takes it away again. */
  progress(line: string | undefined): void
  /** Aborts when the command shall end: Ctrl-C or SIGTERM. */
  readonly stop: AbortSignal
}

/** Resolves when `signal` aborts. */
export function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
