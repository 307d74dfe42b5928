import { AwaitedReads } from '../awaited-reads.ts'
import { LoadConnection, largeInboxBytes } from '../connection.ts'
import type { LoadReceiver } from '../load-receiver.ts'
import type { MeasuredWindow } from '../window.ts'
import { createKafkaTopic } from './create-topic.ts'
import { cutKafkaFrame, errorCode, fetchedPartition, fetchRequest, RecordBatches } from './protocol.ts'

/** What Kafka's consumer asks for at most: of one partition, and how long the broker may hold the request. */
const partitionBytes = 1024 * 1024
const holdMs = 15_000
const passing: readonly number[] = [errorCode.unknownTopic, errorCode.leaderNotAvailable, errorCode.notLeader]
const retryMs = 10

export interface KafkaReceiverOptions {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly bodyBytes: number
  /** Each reads one partition; each set of partitions is a group of its own. */
  readonly pullsInFlight: number
  readonly atEnd: 'again' | 'wait'
  readonly window: MeasuredWindow
}

/** A fetch of one partition on a connection of its own: Kafka answers those of one connection one after the other, and would hold all behind one that waits. */
interface Reader {
  readonly partition: number
  readonly group: number
  readonly connection: LoadConnection
  offset: number
  askedAtMs: number
  isDue: boolean
}

/** Readers of all partitions of a topic that check every record's offset. */
export class KafkaReceiver implements LoadReceiver {
  readonly #options: KafkaReceiverOptions
  readonly #readers: Reader[] = []
  readonly #batches = new RecordBatches()
  readonly #awaited = new AwaitedReads(() => this.#readByGroup())
  #stopping = false

  constructor(options: KafkaReceiverOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { host, port, topic, topicQueues, pullsInFlight } = this.#options
    await createKafkaTopic(host, port, topic, topicQueues)
    const endpoint = { host, port, outboxBytes: 0, inboxBytes: largeInboxBytes, cut: cutKafkaFrame }
    for (let index = 0; index < pullsInFlight; index += 1) {
      const connection = await LoadConnection.open(endpoint, {
        onFrame: (bytes, at, end, receivedAtMs) => this.#receive(reader, bytes, at, end, receivedAtMs),
        onDrained: () => this.#fetch(reader),
        onFailure: this.#awaited.fail,
      })
      const place = { partition: index % topicQueues, group: Math.floor(index / topicQueues), connection }
      const reader: Reader = { ...place, offset: 0, askedAtMs: 0, isDue: true }
      this.#readers.push(reader)
    }
  }

  start(): void {
    for (const reader of this.#readers) this.#fetch(reader)
  }

  readExactly(count: number, withinMs: number): Promise<void> {
    return this.#awaited.exactly(count, withinMs)
  }

  failed(): Promise<never> {
    return this.#awaited.failed()
  }

  close(): void {
    this.#stopping = true
    for (const { connection } of this.#readers) connection.close()
  }

  #receive(reader: Reader, bytes: Buffer, at: number, end: number, receivedAtMs: number): void {
    const { error, recordsAt, recordsBytes } = fetchedPartition(bytes, at)
    if (passing.includes(error)) return this.#fetchLater(reader)
    if (error !== errorCode.none)
      throw new Error(`Kafka refused to read partition ${reader.partition}: error code ${error}`)
    if (recordsAt + recordsBytes > end) throw new Error('the records of a fetch run past its answer')
    const read = this.#readRecords(reader, bytes, recordsAt, recordsAt + recordsBytes, receivedAtMs)
    if (read === 0 && this.#options.atEnd === 'again') {
      if (this.#awaited.isAwaited) return this.#fetchLater(reader)
      reader.offset = 0
    }
    reader.isDue = true
  }

  #readRecords(reader: Reader, bytes: Buffer, from: number, to: number, receivedAtMs: number): number {
    const { atEnd, bodyBytes, window } = this.#options
    const batches = this.#batches
    const before = reader.offset
    batches.begin(from, to)
    while (batches.next(bytes)) {
      if (batches.offset < reader.offset) continue
      if (batches.offset !== reader.offset || batches.valueBytes !== bodyBytes)
        throw new Error(
          `partition ${reader.partition} offset ${reader.offset} was due with ${bodyBytes} bytes, but ${batches.offset} with ${batches.valueBytes} came`,
        )
      if (window.isOpen && atEnd === 'wait') window.latency.record(receivedAtMs - bytes.readDoubleBE(batches.valueAt))
      reader.offset += 1
    }
    const read = reader.offset - before
    if (window.isOpen && read > 0) {
      window.messages += read
      window.recordBytes += to - from
      if (atEnd === 'again') window.latency.record(receivedAtMs - reader.askedAtMs)
    }
    this.#awaited.check()
    return read
  }

  #fetch(reader: Reader): void {
    if (this.#stopping || !reader.isDue) return
    const { atEnd, topic } = this.#options
    reader.isDue = false
    reader.askedAtMs = performance.now()
    const waitMs = atEnd === 'wait' ? holdMs : 0
    reader.connection.write(fetchRequest(topic, reader.partition, reader.offset, partitionBytes, waitMs))
  }

  #fetchLater(reader: Reader): void {
    setTimeout(() => {
      reader.isDue = true
      this.#fetch(reader)
    }, retryMs)
  }

  #readByGroup(): number[] {
    const { pullsInFlight, topicQueues } = this.#options
    const reads = new Array<number>(pullsInFlight / topicQueues).fill(0)
    for (const { group, offset } of this.#readers) reads[group]! += offset
    return reads
  }
}
