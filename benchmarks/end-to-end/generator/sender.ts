import { randomBytes } from 'node:crypto'
import { LoadConnection } from './connection.ts'
import { FailureTally, isFlowControl, responseCode } from './failure-tally.ts'
import {
  patchBornTimestamp,
  patchOpaque,
  patchUniqueKeyCounter,
  type SendTemplate,
  sendTemplate,
} from './frame-template.ts'
import { ReplyScanner } from './reply-scanner.ts'
import { RequestSlots } from './request-slots.ts'
import type { MeasuredWindow } from './window.ts'

export interface SenderOptions {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly connections: number
  readonly bodyBytes: number
  readonly inFlight: number
  /** Stop by itself after so many; absent: until `stop`. */
  readonly messages?: number
  /** When given, acknowledgements and their latencies count there while it is open. */
  readonly window?: MeasuredWindow
}

/** One connection and those of its slots that are free to send. */
interface Lane {
  readonly connection: LoadConnection
  readonly idle: Int32Array
  idleCount: number
}

/** Keeps `inFlight` sends on the way, spread over the connections and round-robin over the topic's queues. */
export class Sender {
  acknowledged = 0
  readonly #options: SenderOptions
  readonly #templates: SendTemplate[]
  readonly #frameBytes: number
  readonly #slots: RequestSlots
  readonly #scanner = new ReplyScanner()
  readonly #failures = new FailureTally()
  readonly #lanes: Lane[] = []
  readonly #finished = Promise.withResolvers<void>()
  #sent = 0
  #outstanding = 0
  #uniqueKeys = 0
  #stopping = false

  constructor(options: SenderOptions) {
    this.#options = options
    this.#slots = new RequestSlots(options.inFlight)
    const uniqueKeyPrefix = randomBytes(12).toString('hex').toUpperCase()
    this.#templates = Array.from({ length: options.topicQueues }, (_, queueId) =>
      sendTemplate({ ...options, queueId, uniqueKeyPrefix }),
    )
    // Whoever waits for the end hears of a failure; without a waiter it must not end the process.
    this.#finished.promise.catch(() => {})
    this.#frameBytes = Math.max(...this.#templates.map((template) => template.bytes.length))
  }

  async open(): Promise<void> {
    const { host, port, inFlight } = this.#options
    const count = Math.min(this.#options.connections, inFlight)
    for (let index = 0; index < count; index += 1) {
      const slots: number[] = []
      for (let slot = index; slot < inFlight; slot += count) slots.push(slot)
      const connection = await LoadConnection.open(host, port, slots.length * this.#frameBytes, {
        onFrame: (bytes, at, end, receivedAtMs) => this.#receive(lane, bytes, at, end, receivedAtMs),
        onDrained: () => this.#sendIdle(lane),
        onFailure: (error) => this.#finished.reject(error),
      })
      const lane: Lane = { connection, idle: Int32Array.from(slots), idleCount: slots.length }
      this.#lanes.push(lane)
    }
  }

  start(): void {
    for (const lane of this.#lanes) this.#sendIdle(lane)
  }

  /** Sends nothing more. */
  stop(): void {
    this.#stopping = true
    this.#finishWhenAllAnswered()
  }

  /** Resolves when sending has stopped and all is answered; rejects when a connection or the server failed. */
  async finished(): Promise<void> {
    await this.#finished.promise
    this.#failures.throwIfAny()
  }

  /** Gives up: whoever waits for the end hears why. */
  fail(reason: Error): void {
    this.#finished.reject(reason)
  }

  close(): void {
    for (const lane of this.#lanes) lane.connection.close()
  }

  #receive(lane: Lane, bytes: Buffer, at: number, end: number, receivedAtMs: number): void {
    const scanner = this.#scanner
    scanner.scan(bytes, at, end)
    if (scanner.isRequest) return
    const slot = this.#slots.end(scanner.opaque)
    this.#outstanding -= 1
    lane.idle[lane.idleCount] = slot
    lane.idleCount += 1
    const window = this.#options.window
    if (scanner.code === responseCode.success) {
      this.acknowledged += 1
      if (window?.isOpen) {
        window.messages += 1
        window.latency.record(receivedAtMs - this.#slots.sentAtMs[slot]!)
      }
    } else if (isFlowControl(scanner.code)) {
      if (window?.isOpen) window.refused += 1
      this.#sent -= 1
    } else this.#failures.add(scanner.code, bytes, at)
  }

  #sendIdle(lane: Lane): void {
    const limit = this.#options.messages ?? Number.POSITIVE_INFINITY
    if (this.#sent >= limit) this.#stopping = true
    if (this.#stopping) {
      this.#finishWhenAllAnswered()
      return
    }
    if (lane.idleCount === 0) return
    const outbox = lane.connection.takeOutbox()
    const bornTimestampMs = Date.now()
    let length = 0
    while (lane.idleCount > 0 && this.#sent < limit) {
      lane.idleCount -= 1
      length += this.#encode(outbox, length, lane.idle[lane.idleCount]!, bornTimestampMs)
      this.#sent += 1
      this.#outstanding += 1
    }
    lane.connection.writeOutbox(outbox, length)
  }

  #encode(outbox: Buffer, at: number, slot: number, bornTimestampMs: number): number {
    const template = this.#templates[this.#sent % this.#templates.length]!
    const nowMs = performance.now()
    outbox.set(template.bytes, at)
    patchOpaque(outbox, at + template.opaqueAt, this.#slots.begin(slot, nowMs))
    patchBornTimestamp(outbox, at + template.bornTimestampAt, bornTimestampMs)
    patchUniqueKeyCounter(outbox, at + template.uniqueKeyCounterAt, (this.#uniqueKeys = (this.#uniqueKeys + 1) | 0))
    outbox.writeDoubleBE(nowMs, at + template.bodyAt)
    return template.bytes.length
  }

  #finishWhenAllAnswered(): void {
    if (this.#stopping && this.#outstanding === 0) this.#finished.resolve()
  }
}
