import { connect, type Socket } from 'node:net'

/** For pull answers: 32 messages of 4 KB are 140 KB; the broker itself stops at 256 KiB or one message. */
export const largeInboxBytes = 4 * 1024 * 1024
/** For the replies to sends: thousands of connections may be open. */
export const smallInboxBytes = 64 * 1024

/** Finds where the message that begins at `at` ends, or -1 while it is not all there; throws when it is none. */
export type FrameCutter = (bytes: Buffer, at: number, filled: number) => number

export interface Endpoint {
  readonly host: string
  readonly port: number
  /** Room for all that the owner may have unsent at once; 0 when it takes no outbox. */
  readonly outboxBytes: number
  /** No message may be longer. */
  readonly inboxBytes: number
  readonly cut: FrameCutter
}

/** Frames of RocketMQ: a length of four bytes that does not count itself. */
export const cutRemotingFrame: FrameCutter = (bytes, at, filled) => {
  if (filled - at < 4) return -1
  const total = bytes.readInt32BE(at) + 4
  if (total < 8 || total > bytes.length) throw new Error(`a reply claims a frame of ${total} bytes`)
  return at + total <= filled ? at + total : -1
}

export interface ConnectionEvents {
  /** One whole frame lies at `at` to `end`; the bytes are only valid during the call. */
  onFrame(bytes: Buffer, at: number, end: number, receivedAtMs: number): void
  /** All frames of one read were handed over: the time to write what they gave rise to. */
  onDrained(): void
  onFailure(error: Error): void
}

/** A socket that cuts its stream into frames inside one fixed buffer and writes from a pool of buffers. */
export class LoadConnection {
  readonly #socket: Socket
  readonly #events: ConnectionEvents
  readonly #inbox: Buffer
  readonly #cutter: FrameCutter
  readonly #freeOutboxes: Buffer[] = []
  readonly #outboxBytes: number
  #filled = 0
  #closed = false

  static async open(endpoint: Endpoint, events: ConnectionEvents) {
    const connection = new LoadConnection(endpoint, events)
    await connection.#connected()
    return connection
  }

  private constructor({ host, port, outboxBytes, inboxBytes, cut }: Endpoint, events: ConnectionEvents) {
    this.#events = events
    this.#outboxBytes = outboxBytes
    this.#inbox = Buffer.allocUnsafeSlow(inboxBytes)
    this.#cutter = cut
    this.#socket = connect({
      host,
      port,
      noDelay: true,
      onread: {
        buffer: () => this.#inbox.subarray(this.#filled),
        callback: (length: number) => {
          this.#receive(length)
          return true
        },
      },
    })
  }

  #connected(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#socket.once('connect', resolve)
      this.#socket.on('error', (error) => {
        reject(error)
        this.#fail(error)
      })
      this.#socket.once('close', () => this.#fail(new Error('the server closed a connection of the generator')))
    })
  }

  /** A buffer large enough for all that the owner may have unsent on this connection at once. */
  takeOutbox(): Buffer {
    return this.#freeOutboxes.pop() ?? Buffer.allocUnsafeSlow(this.#outboxBytes)
  }

  /** Writes the first `length` bytes of an outbox, which returns to the pool when the kernel has them. */
  writeOutbox(outbox: Buffer, length: number): void {
    this.#socket.write(outbox.subarray(0, length), () => this.#freeOutboxes.push(outbox))
  }

  write(bytes: Buffer): void {
    this.#socket.write(bytes)
  }

  /** Frames of one tick leave together. */
  cork(): void {
    this.#socket.cork()
  }

  uncork(): void {
    this.#socket.uncork()
  }

  close(): void {
    this.#closed = true
    this.#socket.destroy()
  }

  #receive(length: number): void {
    if (this.#closed) return
    const receivedAtMs = performance.now()
    this.#filled += length
    try {
      this.#cut(receivedAtMs)
    } catch (error) {
      this.#fail(error as Error)
    }
  }

  #cut(receivedAtMs: number): void {
    const inbox = this.#inbox
    let at = 0
    for (;;) {
      const end = this.#cutter(inbox, at, this.#filled)
      if (end < 0) break
      this.#events.onFrame(inbox, at, end, receivedAtMs)
      at = end
    }
    if (at > 0) {
      inbox.copyWithin(0, at, this.#filled)
      this.#filled -= at
    }
    if (this.#filled === inbox.length) throw new Error(`a message is longer than ${inbox.length} bytes`)
    this.#events.onDrained()
  }

  #fail(error: Error): void {
    if (this.#closed) return
    this.close()
    this.#events.onFailure(error)
  }
}
