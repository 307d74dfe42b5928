import { AwaitedReads } from '../awaited-reads.ts'
import { cutRemotingFrame, LoadConnection, largeInboxBytes } from '../connection.ts'
import type { LoadReceiver } from '../load-receiver.ts'
import { FailureTally, isFlowControl, responseCode } from './failure-tally.ts'
import { firstOpaque, requestCode, requestFrame } from './frame-template.ts'
import type { PullerOptions } from './puller.ts'
import { RecordWalker } from './record-walker.ts'
import { extFieldsOf, ReplyScanner } from './reply-scanner.ts'

const messagesPerPop = 32
/** What the Java client asks for. */
const invisibleMs = 60_000
const holdMs = 15_000
const retryMs = 10
const group = 'bench-consumer-pop'
const brokerName = 'broker-a'
const notRetried = '0'
/** Opaques of pops end in 0, those of acknowledgements in 1. */
const ackBit = 1
const opaqueStep = 2
const lastOpaque = 0x7fff_fff0

interface Lane {
  readonly connection: LoadConnection
  duePops: number
}

/** One group that pops a topic's messages, whichever queue they come from, and acknowledges each by itself, as the Java client does. */
export class Popper implements LoadReceiver {
  readonly #options: PullerOptions
  readonly #scanner = new ReplyScanner()
  readonly #walker = new RecordWalker()
  readonly #failures = new FailureTally()
  readonly #lanes: Lane[] = []
  readonly #awaited = new AwaitedReads(() => [this.#acknowledged])
  #acknowledged = 0
  #opaque = firstOpaque
  #stopping = false

  constructor(options: PullerOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { host, port, connections, pullsInFlight } = this.#options
    const endpoint = { host, port, outboxBytes: 0, inboxBytes: largeInboxBytes, cut: cutRemotingFrame }
    for (let index = 0; index < Math.min(connections, pullsInFlight); index += 1) {
      const connection = await LoadConnection.open(endpoint, {
        onFrame: (bytes, at, end, receivedAtMs) => this.#receive(lane, bytes, at, end, receivedAtMs),
        onDrained: () => this.#popDue(lane),
        onFailure: this.#awaited.fail,
      })
      const lane: Lane = { connection, duePops: 0 }
      this.#lanes.push(lane)
    }
    for (let pop = 0; pop < pullsInFlight; pop += 1) this.#lanes[pop % this.#lanes.length]!.duePops += 1
  }

  start(): void {
    for (const lane of this.#lanes) this.#popDue(lane)
  }

  readExactly(count: number, withinMs: number): Promise<void> {
    return this.#awaited.exactly(count, withinMs)
  }

  failed(): Promise<never> {
    return this.#awaited.failed()
  }

  close(): void {
    this.#stopping = true
    for (const { connection } of this.#lanes) connection.close()
  }

  #receive(lane: Lane, bytes: Buffer, at: number, end: number, receivedAtMs: number): void {
    const scanner = this.#scanner
    scanner.scan(bytes, at, end)
    if (scanner.isRequest) return
    const { code } = scanner
    if (scanner.opaque & ackBit) return this.#acknowledge(code, bytes, at)
    if (code === responseCode.success) this.#readRecords(lane, bytes, at, scanner.bodyAt, end, receivedAtMs)
    else if (code !== responseCode.pollingTimeout && code !== responseCode.pullNotFound) {
      if (!isFlowControl(code) && code !== responseCode.pollingFull) this.#failures.add(code, bytes, at)
      this.#failures.throwIfAny()
      if (this.#options.window.isOpen) this.#options.window.refused += 1
      return void setTimeout(() => {
        lane.duePops += 1
        this.#popDue(lane)
      }, retryMs)
    }
    lane.duePops += 1
  }

  #acknowledge(code: number, bytes: Buffer, at: number): void {
    if (code !== responseCode.success) this.#failures.add(code, bytes, at)
    this.#failures.throwIfAny()
    this.#acknowledged += 1
    if (this.#options.window.isOpen) this.#options.window.messages += 1
    this.#awaited.check()
  }

  /** Receipts give the latencies; that a message is counted when its acknowledgement is answered makes it the slower of the two. */
  #readRecords(lane: Lane, bytes: Buffer, at: number, bodyAt: number, end: number, receivedAtMs: number): void {
    const { topic, bodyBytes, window } = this.#options
    const walker = this.#walker
    const fields = extFieldsOf(bytes, at)
    const starts = startOffsets(fields.startOffsetInfo ?? '')
    const shared = `${fields.popTime} ${fields.invisibleTime} ${fields.reviveQid} ${notRetried} ${brokerName}`
    lane.connection.cork()
    for (let recordAt = bodyAt; recordAt < end; recordAt = walker.nextAt) {
      walker.read(bytes, recordAt, end, bodyBytes)
      const { queueId, queueOffset } = walker
      const start = starts.get(queueId)
      if (start === undefined) throw new Error(`a pop brought queue ${queueId} and says only ${fields.startOffsetInfo}`)
      if (window.isOpen) {
        window.latency.record(receivedAtMs - bytes.readDoubleBE(walker.bodyAt))
        window.recordBytes += walker.nextAt - recordAt
      }
      const about = { consumerGroup: group, topic, queueId: String(queueId), offset: String(queueOffset) }
      const extraInfo = `${start} ${shared} ${queueId} ${queueOffset}`
      this.#request(lane, requestCode.ack, { ...about, extraInfo }, ackBit)
    }
    lane.connection.uncork()
  }

  #popDue(lane: Lane): void {
    if (this.#stopping || lane.duePops === 0) return
    const { topic } = this.#options
    lane.connection.cork()
    for (; lane.duePops > 0; lane.duePops -= 1) {
      const about = { consumerGroup: group, topic, queueId: '-1', maxMsgNums: String(messagesPerPop) }
      const times = { invisibleTime: String(invisibleMs), pollTime: String(holdMs), bornTime: String(Date.now()) }
      this.#request(lane, requestCode.pop, {
        ...about,
        ...times,
        initMode: '0',
        expType: 'TAG',
        exp: '*',
        order: 'false',
      })
    }
    lane.connection.uncork()
  }

  #request(lane: Lane, code: number, extFields: Record<string, string>, bit = 0): void {
    this.#opaque = this.#opaque >= lastOpaque ? firstOpaque : this.#opaque + opaqueStep
    lane.connection.write(requestFrame(code, extFields, this.#opaque | bit, Buffer.alloc(0)))
  }
}

/** `<retry flag> <queue> <offset>;…`: where the pop began in each queue. No message is handed out twice here, so none is retried. */
function startOffsets(text: string): Map<number, string> {
  const starts = new Map<number, string>()
  for (const item of text.split(';')) {
    const [flag, queue, offset] = item.split(' ')
    if (flag === notRetried) starts.set(Number(queue), offset ?? '')
  }
  return starts
}
