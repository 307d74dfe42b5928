import type { Special } from '../../workloads.ts'
import { AwaitedReads } from '../awaited-reads.ts'
import { cutRemotingFrame, LoadConnection, largeInboxBytes } from '../connection.ts'
import type { LoadReceiver } from '../load-receiver.ts'
import { RequestSlots } from '../request-slots.ts'
import type { MeasuredWindow } from '../window.ts'
import { FailureTally, isFlowControl, responseCode } from './failure-tally.ts'
import { pullFrame, specialDelayMs } from './frame-template.ts'
import { RecordWalker } from './record-walker.ts'
import { ReplyScanner } from './reply-scanner.ts'

const messagesPerPull = 32
/** What a push consumer asks for. */
const holdMs = 15_000
const retryMs = 10

export interface PullerOptions {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly connections: number
  readonly bodyBytes: number
  readonly pullsInFlight: number
  /** `again`: at the end of a queue begin anew; `wait`: hold the pull there until a message arrives. */
  readonly atEnd: 'again' | 'wait'
  readonly window: MeasuredWindow
  readonly special?: Special | undefined
}

const inbound = { outboxBytes: 0, inboxBytes: largeInboxBytes, cut: cutRemotingFrame }

interface Reader {
  readonly slot: number
  readonly group: string
  readonly queueId: number
  readonly lane: Lane
  offset: number
}

interface Lane {
  readonly connection: LoadConnection
  readonly due: Reader[]
}

/** Readers of all queues of a topic, each with one pull on the way, that check every record's place. */
export class Puller implements LoadReceiver {
  readonly #options: PullerOptions
  /** How long after its send a message is due. */
  readonly #delayMs: number
  readonly #slots: RequestSlots
  readonly #scanner = new ReplyScanner()
  readonly #walker = new RecordWalker()
  readonly #failures = new FailureTally()
  readonly #lanes: Lane[] = []
  readonly #readers: Reader[] = []
  readonly #awaited = new AwaitedReads(() => this.#readByGroup())
  #stopping = false

  constructor(options: PullerOptions) {
    if (options.pullsInFlight % options.topicQueues !== 0)
      throw new RangeError(`${options.pullsInFlight} pulls do not divide over ${options.topicQueues} queues`)
    this.#options = options
    this.#delayMs = options.special === 'delay' || options.special === 'timer' ? specialDelayMs : 0
    this.#slots = new RequestSlots(options.pullsInFlight)
  }

  async open(): Promise<void> {
    const { host, port, connections, pullsInFlight, topicQueues } = this.#options
    for (let index = 0; index < Math.min(connections, pullsInFlight); index += 1) {
      const connection = await LoadConnection.open(
        { host, port, ...inbound },
        {
          onFrame: (bytes, at, end, receivedAtMs) => this.#receive(bytes, at, end, receivedAtMs),
          onDrained: () => this.#pullDue(lane),
          onFailure: this.#awaited.fail,
        },
      )
      const lane: Lane = { connection, due: [] }
      this.#lanes.push(lane)
    }
    for (let slot = 0; slot < pullsInFlight; slot += 1) {
      const group = `bench-consumer-${Math.floor(slot / topicQueues)}`
      const lane = this.#lanes[slot % this.#lanes.length]!
      this.#readers.push({ slot, group, queueId: slot % topicQueues, lane, offset: 0 })
    }
  }

  start(): void {
    for (const reader of this.#readers) reader.lane.due.push(reader)
    for (const lane of this.#lanes) this.#pullDue(lane)
  }

  /** Until then readers wait at the end of their queues. */
  readExactly(count: number, withinMs: number): Promise<void> {
    return this.#awaited.exactly(count, withinMs)
  }

  failed(): Promise<never> {
    return this.#awaited.failed()
  }

  close(): void {
    this.#stopping = true
    for (const lane of this.#lanes) lane.connection.close()
  }

  #receive(bytes: Buffer, at: number, end: number, receivedAtMs: number): void {
    const scanner = this.#scanner
    scanner.scan(bytes, at, end)
    if (scanner.isRequest) return
    const reader = this.#readers[this.#slots.end(scanner.opaque)]!
    if (scanner.code === responseCode.success) this.#readRecords(reader, bytes, scanner.bodyAt, end, receivedAtMs)
    else if (scanner.code === responseCode.pullNotFound) {
      if (this.#awaited.isAwaited && this.#options.atEnd === 'again') return this.#pullLater(reader)
      if (this.#options.atEnd === 'again') reader.offset = 0
    } else {
      if (!isFlowControl(scanner.code)) this.#failures.add(scanner.code, bytes, at)
      this.#failures.throwIfAny()
      if (this.#options.window.isOpen) this.#options.window.refused += 1
      return this.#pullLater(reader)
    }
    reader.lane.due.push(reader)
  }

  #readRecords(reader: Reader, bytes: Buffer, from: number, end: number, receivedAtMs: number): void {
    const { atEnd, bodyBytes, window } = this.#options
    const walker = this.#walker
    let messages = 0
    for (let at = from; at < end; at = walker.nextAt) {
      walker.expect(bytes, at, end, reader.queueId, reader.offset + messages, bodyBytes)
      // The broker counts in whole milliseconds.
      if (window.isOpen && atEnd === 'wait')
        window.latency.record(Math.max(0, receivedAtMs - bytes.readDoubleBE(walker.bodyAt) - this.#delayMs))
      messages += 1
    }
    if (messages === 0) throw new Error(`queue ${reader.queueId}: a pull was answered with success but no message`)
    reader.offset += messages
    if (window.isOpen) {
      window.messages += messages
      window.recordBytes += end - from
      if (atEnd === 'again') window.latency.record(receivedAtMs - this.#slots.sentAtMs[reader.slot]!)
    }
    this.#awaited.check()
  }

  #readByGroup(): number[] {
    const { pullsInFlight, topicQueues } = this.#options
    const reads = new Array<number>(pullsInFlight / topicQueues).fill(0)
    for (const { slot, offset } of this.#readers) reads[Math.floor(slot / topicQueues)]! += offset
    return reads
  }

  #pullLater(reader: Reader): void {
    setTimeout(() => {
      reader.lane.due.push(reader)
      this.#pullDue(reader.lane)
    }, retryMs)
  }

  #pullDue(lane: Lane): void {
    if (this.#stopping || lane.due.length === 0) return
    const { atEnd, topic } = this.#options
    lane.connection.cork()
    for (const { group, queueId, offset: queueOffset, slot } of lane.due) {
      const opaque = this.#slots.begin(slot, performance.now())
      const suspendMs = atEnd === 'wait' ? holdMs : 0
      lane.connection.write(
        pullFrame({ group, topic, queueId, queueOffset, maxMessages: messagesPerPull, suspendMs }, opaque),
      )
    }
    lane.due.length = 0
    lane.connection.uncork()
  }
}
