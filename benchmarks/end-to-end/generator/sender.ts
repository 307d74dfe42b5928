import { LoadConnection, smallInboxBytes } from './connection.ts'
import type { Reply, SendDialect, SendMarks } from './dialect.ts'
import { LatencyHistogram } from './latency-histogram.ts'
import { Pacemaker } from './pacemaker.ts'
import { RequestSlots } from './request-slots.ts'
import { Schedule } from './schedule.ts'
import type { MeasuredWindow } from './window.ts'

/** Between the call of `start` and the first send of a fixed rate: the pacemaker's thread must be up. */
const paceAfterMs = 100

export interface SenderOptions {
  readonly host: string
  readonly port: number
  /** When given, connections take turns over them. */
  readonly ports?: readonly number[] | undefined
  readonly connections: number
  /** Frames on the way. At a fixed rate the most that may be; what is due beyond that leaves late and counts as late. */
  readonly inFlight: number
  /** Messages a frame; 1 is a plain send. */
  readonly batch: number
  /** Stop by itself after so many; absent: until `stop`. A multiple of `batch`. */
  readonly messages?: number | undefined
  /** Send at this rate instead of whenever a reply came. */
  readonly ratePerSecond?: number | undefined
  /** When given, acknowledgements and their latencies count there while it is open. */
  readonly window?: MeasuredWindow | undefined
}

/** One connection, its number, and those of its slots that are free to send. */
interface Lane {
  readonly index: number
  readonly connection: LoadConnection
  readonly idle: Int32Array
  idleCount: number
  isCorked: boolean
}

/** Keeps `inFlight` sends on the way, spread over the connections. */
export class Sender {
  acknowledged = 0
  /** How late sends of a fixed rate left, while the window was open if there is one. */
  readonly lateness = new LatencyHistogram()
  readonly #options: SenderOptions
  readonly #dialect: SendDialect
  readonly #marks: SendMarks = { lane: 0, index: 0, opaque: 0, bornTimestampMs: 0, sentAtMs: 0 }
  readonly #frameLimit: number
  readonly #slots: RequestSlots
  readonly #lanes: Lane[] = []
  readonly #finished = Promise.withResolvers<void>()
  #schedule: Schedule | undefined
  #pacemaker: Pacemaker | undefined
  #nextLane = 0
  #started = false
  #sent = 0
  #outstanding = 0
  #stopping = false

  constructor(dialect: SendDialect, options: SenderOptions) {
    const { messages, batch } = options
    if (messages !== undefined && messages % batch !== 0)
      throw new RangeError(`${messages} messages are no whole number of batches of ${batch}`)
    this.#dialect = dialect
    this.#options = options
    this.#frameLimit = (messages ?? Number.POSITIVE_INFINITY) / batch
    this.#slots = new RequestSlots(options.inFlight)
    // Whoever waits for the end hears of a failure; without a waiter it must not end the process.
    this.#finished.promise.catch(() => {})
  }

  /** Connects, and sees to it that the topic can be sent to. */
  async open(): Promise<void> {
    const { host, port, ports = [port], inFlight } = this.#options
    await this.#dialect.prepare()
    const count = Math.min(this.#options.connections, inFlight)
    for (let index = 0; index < count; index += 1) {
      const slots: number[] = []
      for (let slot = index; slot < inFlight; slot += count) slots.push(slot)
      const outboxBytes = slots.length * this.#dialect.frameBytes + (this.#dialect.sealBytes ?? 0)
      const endpoint = {
        host,
        port: ports[index % ports.length]!,
        outboxBytes,
        inboxBytes: smallInboxBytes,
        cut: this.#dialect.cut,
      }
      const connection = await LoadConnection.open(endpoint, {
        onFrame: (bytes, at, end, receivedAtMs) => this.#receive(lane, bytes, at, end, receivedAtMs),
        onDrained: () => {
          this.#sendIdle(lane, lane.idleCount)
          this.#uncork(lane)
        },
        onFailure: (error) => this.#finished.reject(error),
      })
      const lane: Lane = { index, connection, idle: Int32Array.from(slots), idleCount: slots.length, isCorked: false }
      this.#lanes.push(lane)
      const greeting = this.#dialect.greeting(index)
      if (greeting !== undefined) connection.write(greeting)
    }
  }

  start(): void {
    const { ratePerSecond } = this.#options
    this.#started = true
    if (ratePerSecond === undefined) {
      for (const lane of this.#lanes) this.#sendIdle(lane, lane.idleCount)
      return
    }
    this.#schedule = new Schedule(ratePerSecond, performance.now() + paceAfterMs)
    this.#pacemaker = new Pacemaker(this.#schedule.startMs, this.#schedule.tickMs, () => this.#sendDue())
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopping = true
    this.#finishWhenAllAnswered()
  }

  /** Resolves when sending has stopped and all is answered; rejects when a connection or the server failed. */
  async finished(): Promise<void> {
    await this.#finished.promise
    this.#dialect.throwIfRefused()
  }

  /** Gives up: whoever waits for the end hears why. */
  fail(reason: Error): void {
    this.#finished.reject(reason)
  }

  close(): void {
    this.#pacemaker?.stop().catch((error: Error) => this.#finished.reject(error))
    for (const lane of this.#lanes) lane.connection.close()
  }

  #receive(lane: Lane, bytes: Buffer, at: number, end: number, receivedAtMs: number): void {
    const reply = this.#dialect.read(bytes, at, end, lane.index)
    if (reply === 'other') return
    if (reply === 'ping') return lane.connection.write(this.#dialect.pong!)
    if (reply === 'half') return this.#sendHalf(lane)
    do this.#answered(lane, reply, receivedAtMs)
    while (this.#dialect.another?.(lane.index))
  }

  /** Those of one read leave together. */
  #sendHalf(lane: Lane): void {
    if (!lane.isCorked) lane.connection.cork()
    lane.isCorked = true
    lane.connection.write(this.#dialect.pong!)
  }

  #uncork(lane: Lane): void {
    if (lane.isCorked) lane.connection.uncork()
    lane.isCorked = false
  }

  #answered(lane: Lane, reply: Reply, receivedAtMs: number): void {
    const slot = this.#slots.end(this.#dialect.opaque)
    this.#outstanding -= 1
    lane.idle[lane.idleCount] = slot
    lane.idleCount += 1
    const window = this.#options.window
    if (reply === 'acknowledged') {
      this.acknowledged += this.#options.batch
      if (window?.isOpen) {
        window.messages += this.#options.batch
        window.latency.record(receivedAtMs - this.#slots.sentAtMs[slot]!)
      }
    } else if (reply === 'busy') {
      if (window?.isOpen) window.refused += 1
      this.#sent -= 1
    }
  }

  /** What became due since the last beat, in equal parts over the connections. */
  #sendDue(): void {
    const share = Math.ceil((this.#schedule!.dueBy(performance.now()) - this.#sent) / this.#lanes.length)
    for (let count = 0; count < this.#lanes.length; count += 1) {
      this.#nextLane = (this.#nextLane + 1) % this.#lanes.length
      this.#sendIdle(this.#lanes[this.#nextLane]!, share)
    }
  }

  /** Sends up to `most` frames on this connection, as far as it has idle slots and sends are due. */
  #sendIdle(lane: Lane, most: number): void {
    if (!this.#started) return
    if (this.#stopping || this.#sent >= this.#frameLimit) {
      this.#finishWhenAllAnswered()
      return
    }
    const due = this.#schedule === undefined ? this.#frameLimit : this.#schedule.dueBy(performance.now())
    let count = Math.min(most, lane.idleCount, Math.min(due, this.#frameLimit) - this.#sent)
    if (count <= 0) return
    const outbox = lane.connection.takeOutbox()
    this.#marks.lane = lane.index
    this.#marks.bornTimestampMs = Date.now()
    let length = 0
    for (; count > 0; count -= 1) {
      lane.idleCount -= 1
      length += this.#encode(outbox, length, lane.idle[lane.idleCount]!)
      this.#sent += 1
      this.#outstanding += 1
    }
    lane.connection.writeOutbox(outbox, this.#dialect.seal?.(outbox, length, lane.index) ?? length)
  }

  #encode(outbox: Buffer, at: number, slot: number): number {
    const marks = this.#marks
    const nowMs = performance.now()
    marks.index = this.#sent
    marks.sentAtMs = nowMs
    if (this.#schedule !== undefined) {
      marks.sentAtMs = this.#schedule.intendedMs(this.#sent)
      if (this.#options.window?.isOpen ?? true) this.lateness.record(nowMs - marks.sentAtMs)
    }
    marks.opaque = this.#slots.begin(slot, marks.sentAtMs)
    return this.#dialect.encode(outbox, at, marks)
  }

  #finishWhenAllAnswered(): void {
    // A send that was refused for now is no longer counted as sent: it is still to come.
    const isDone = this.#stopping || this.#sent >= this.#frameLimit
    if (isDone && this.#outstanding === 0) this.#finished.resolve()
  }
}
