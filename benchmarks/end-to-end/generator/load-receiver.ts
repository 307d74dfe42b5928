/** What a job needs of those who receive, whatever protocol they speak. */
export interface LoadReceiver {
  open(): Promise<void>
  start(): void
  /** Resolves when every group has received exactly `count` messages from the beginning; rejects when more or others come. */
  readExactly(count: number, withinMs: number): Promise<void>
  /** Rejects when a connection or the server failed; never resolves. */
  failed(): Promise<never>
  close(): void
}
