import { assert, type Timer } from '@cometmq/platform'
import type { SimulatedNetwork } from './network.ts'

/** What a delivered chunk holds afterwards. */
const overwritten = 0xdd
/** A chunk of this kind is small enough to cut a frame's length field in two. */
const tinyChunkBytes = 16

/** Both ends of a stream, as it sees them. */
export interface StreamEnds {
  /** Whether nothing can arrive now. */
  isBlocked(): boolean
  /** Whether the receiver has closed. */
  isGone(): boolean
  data(chunk: Buffer): void
  /** Everything was delivered, and the sender has ended. */
  end(): void
  /** Something arrived although the receiver has closed. */
  refused(): void
  /** The sender's waiting bytes were all taken. */
  drained(): void
  /** The sender has ended, and all its bytes were taken. */
  allSent(): void
  /** What was sent did not arrive for too long. */
  givenUp(): void
}

interface Segment {
  /** Undefined at the end of the stream. */
  readonly bytes: Buffer | undefined
  dueAt: number
}

/**
 * One direction of a connection. Bytes *wait* at the sender until the systems take them, are *in flight* until they arrive, and are *unread*
 * until the receiver takes them; in flight and unread together are bounded, which is what pushes back.
 */
export class SimulatedStream {
  readonly #network: SimulatedNetwork
  readonly #ends: StreamEnds
  readonly #waiting: Uint8Array[] = []
  #waitingBytes = 0
  #heldBytes = 0
  #inFlight: Segment[] = []
  #unread: Buffer[] = []
  #unreadBytes = 0
  #hasArrivedEnd = false
  #isPaused = true
  #isEnding = false
  #hasSentEnd = false
  #oweDrained = false
  #lastDueAt = 0
  #delivery: Timer | undefined
  #givingUp: Timer | undefined

  constructor(network: SimulatedNetwork, ends: StreamEnds) {
    this.#network = network
    this.#ends = ends
  }

  get pendingBytes(): number {
    return this.#waitingBytes
  }

  get hasUnread(): boolean {
    return this.#unreadBytes > 0
  }

  write(bytes: Uint8Array): void {
    assert(!this.#isEnding, 'bytes after the end of a stream')
    if (bytes.length === 0) return
    this.#waiting.push(bytes)
    this.#waitingBytes += bytes.length
    this.#send()
    if (this.#waitingBytes > 0) this.#oweDrained = true
  }

  /** Ends the stream after what waits. */
  end(): void {
    this.#isEnding = true
    this.#send()
  }

  /** Ends the stream after what is in flight; what waits is dropped. */
  endNow(): void {
    this.stopWaiting()
    this.end()
  }

  /** The sender has closed: what waits is dropped. */
  stopWaiting(): void {
    this.#waiting.length = 0
    this.#waitingBytes = 0
    this.#oweDrained = false
    this.#givingUp?.cancel()
  }

  pause(): void {
    this.#isPaused = true
  }

  resume(): void {
    this.#isPaused = false
    this.#deliverSoon()
  }

  /** The receiver has closed: what is unread is dropped, what arrives later is refused. */
  discard(): void {
    this.#unread = []
    this.#unreadBytes = 0
    this.#delivery?.cancel()
  }

  /** The way is free again: what was held back arrives after a delay. */
  retry(): void {
    this.#givingUp?.cancel()
    this.#givingUp = undefined
    const late = this.#inFlight
    this.#inFlight = []
    for (const segment of late) this.#launch(segment)
  }

  #send(): void {
    const { bufferBytes } = this.#network
    while (this.#waitingBytes > 0 && this.#heldBytes < bufferBytes) {
      const first = this.#waiting[0]!
      const room = bufferBytes - this.#heldBytes
      const taken = first.length <= room ? first : first.subarray(0, room)
      if (taken === first) this.#waiting.shift()
      else this.#waiting[0] = first.subarray(room)
      this.#waitingBytes -= taken.length
      this.#heldBytes += taken.length
      this.#launch({ bytes: Buffer.from(taken), dueAt: 0 })
    }
    if (this.#waitingBytes > 0) return
    if (this.#oweDrained) {
      this.#oweDrained = false
      this.#ends.drained()
    }
    if (this.#isEnding && !this.#hasSentEnd && this.#waitingBytes === 0) {
      this.#hasSentEnd = true
      this.#launch({ bytes: undefined, dueAt: 0 })
      this.#ends.allSent()
    }
  }

  #launch(segment: Segment): void {
    const { clock } = this.#network
    const now = clock.monotonicMs()
    segment.dueAt = this.#lastDueAt = Math.max(this.#lastDueAt, now + this.#network.drawLatencyMs())
    this.#inFlight.push(segment)
    clock.after(segment.dueAt - now, () => this.#arrive())
  }

  #arrive(): void {
    const now = this.#network.clock.monotonicMs()
    while (this.#inFlight.length > 0 && this.#inFlight[0]!.dueAt <= now) {
      if (this.#ends.isBlocked()) return this.#stall()
      const { bytes } = this.#inFlight.shift()!
      if (this.#ends.isGone()) {
        if (bytes !== undefined) this.#ends.refused()
      } else if (bytes === undefined) {
        this.#hasArrivedEnd = true
      } else {
        this.#unread.push(bytes)
        this.#unreadBytes += bytes.length
      }
    }
    this.#deliverSoon()
  }

  #stall(): void {
    this.#givingUp ??= this.#network.clock.after(this.#network.giveUpAfterMs, () => this.#ends.givenUp())
  }

  #deliverSoon(): void {
    if (this.#isPaused || this.#ends.isGone()) return
    if (this.#unreadBytes === 0 && !this.#hasArrivedEnd) return
    this.#delivery ??= this.#network.clock.after(0, () => {
      this.#delivery = undefined
      this.#deliver()
    })
  }

  #deliver(): void {
    if (this.#isPaused || this.#ends.isGone()) return
    if (this.#unreadBytes > 0) {
      const chunk = this.#takeChunk()
      this.#heldBytes -= chunk.length
      this.#ends.data(chunk)
      // Handlers may not keep it: on a real machine the next read overwrites it.
      chunk.fill(overwritten)
      this.#send()
      this.#deliverSoon()
    } else if (this.#hasArrivedEnd) {
      this.#hasArrivedEnd = false
      this.#ends.end()
    }
  }

  /** Everything, or a part, or a very small part of what is unread: a receiver must cope with every cut. */
  #takeChunk(): Buffer {
    const { random } = this.#network
    const all = this.#unread.length === 1 ? this.#unread[0]! : Buffer.concat(this.#unread)
    const kind = random.int(4)
    const length =
      kind === 0
        ? 1 + random.int(Math.min(all.length, tinyChunkBytes))
        : kind === 1
          ? 1 + random.int(all.length)
          : all.length
    this.#unread = length === all.length ? [] : [all.subarray(length)]
    this.#unreadBytes = all.length - length
    return all.subarray(0, length)
  }
}
