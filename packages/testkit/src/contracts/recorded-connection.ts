import assert from 'node:assert/strict'
import type { Connection } from '@cometmq/platform'

/** One end of a connection, with a handler that remembers everything. */
export class RecordedConnection {
  readonly connection: Connection
  readonly closed: Promise<void>
  readonly drained: Promise<void>
  bytesReceived = 0
  closes = 0
  drains = 0
  reason: Error | undefined
  /** Sees each chunk after a copy of it was kept. */
  onData: (chunk: Buffer) => void = () => {}
  readonly #chunks: Buffer[] = []
  readonly #resolveClosed: () => void
  readonly #resolveDrained: () => void
  #waiter: { length: number; resolve: () => void } | undefined

  constructor(connection: Connection) {
    this.connection = connection
    const closed = Promise.withResolvers<void>()
    const drained = Promise.withResolvers<void>()
    this.closed = closed.promise
    this.drained = drained.promise
    this.#resolveClosed = closed.resolve
    this.#resolveDrained = drained.resolve
  }

  get bytes(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  /** The sizes of the chunks that were delivered. */
  get chunkLengths(): number[] {
    return this.#chunks.map((chunk) => chunk.length)
  }

  start(): void {
    this.connection.start({
      data: (chunk) => this.#data(chunk),
      drained: () => {
        this.drains++
        this.#resolveDrained()
      },
      closed: (reason) => {
        this.closes++
        this.reason = reason
        this.#resolveClosed()
      },
    })
  }

  /** Waits until so many bytes have been delivered. */
  async received(length: number): Promise<void> {
    if (this.bytesReceived >= length) return
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#waiter = { length, resolve }
    await promise
  }

  #data(chunk: Buffer): void {
    assert.equal(this.closes, 0, 'delivered after the close')
    assert.ok(chunk.length > 0, 'delivered nothing')
    this.#chunks.push(Buffer.from(chunk))
    this.bytesReceived += chunk.length
    if (this.#waiter && this.bytesReceived >= this.#waiter.length) this.#waiter.resolve()
    this.onData(chunk)
  }
}
