import { randomBytes } from 'node:crypto'
import { AwaitedReads } from '../awaited-reads.ts'
import { LoadConnection, largeInboxBytes } from '../connection.ts'
import type { LoadReceiver } from '../load-receiver.ts'
import type { MeasuredWindow } from '../window.ts'
import {
  createStream,
  cutNatsMessage,
  firstByte,
  isPing,
  natsConnect,
  natsPong,
  natsPublish,
  natsRequest,
  payloadAt,
  streamName,
} from './protocol.ts'

/** Messages asked for at once; the next are asked for when half of twice as many have come. */
const messagesPerPull = 256
const pullExpiresNs = 120e9
const consumerKeptNs = 600e9
const crlfBytes = 2

export interface NatsReceiverOptions {
  readonly host: string
  readonly port: number
  readonly topic: string
  readonly topicQueues: number
  readonly connections: number
  readonly bodyBytes: number
  /** Divided by the queues: the groups. A NATS consumer reads all subjects of its stream. */
  readonly pullsInFlight: number
  readonly window: MeasuredWindow
  readonly atEnd: 'again' | 'wait'
}

interface Group {
  readonly connection: LoadConnection
  readonly consumer: string
  readonly inbox: string
  received: number
  awaited: number
}

/** One pull consumer without acknowledgements for each group, as NATS advises for reading at full rate. */
export class NatsReceiver implements LoadReceiver {
  readonly #options: NatsReceiverOptions
  readonly #groups: Group[] = []
  readonly #awaited = new AwaitedReads(() => this.#groups.map(({ received }) => received))

  constructor(options: NatsReceiverOptions) {
    this.#options = options
  }

  async open(): Promise<void> {
    const { host, port, topic, pullsInFlight, topicQueues } = this.#options
    await createStream(host, port, topic)
    for (let index = 0; index < Math.max(1, pullsInFlight / topicQueues); index += 1) {
      const stream = streamName(topic)
      const config = {
        ack_policy: 'none',
        deliver_policy: 'all',
        inactive_threshold: consumerKeptNs,
        mem_storage: true,
      }
      const answer = await natsRequest(host, port, `$JS.API.CONSUMER.CREATE.${stream}`, { stream_name: stream, config })
      const inbox = `_INBOX.${randomBytes(6).toString('hex')}`
      const endpoint = { host, port, outboxBytes: 0, inboxBytes: largeInboxBytes, cut: cutNatsMessage }
      const connection = await LoadConnection.open(endpoint, {
        onFrame: (bytes, at, end, receivedAtMs) => this.#receive(group, bytes, at, end, receivedAtMs),
        onDrained: () => this.#pull(group),
        onFailure: this.#awaited.fail,
      })
      const group: Group = { connection, inbox, consumer: String(answer.name), received: 0, awaited: 0 }
      connection.write(natsConnect([inbox]))
      this.#groups.push(group)
    }
  }

  start(): void {
    for (const group of this.#groups) this.#pull(group)
  }

  readExactly(count: number, withinMs: number): Promise<void> {
    return this.#awaited.exactly(count, withinMs)
  }

  failed(): Promise<never> {
    return this.#awaited.failed()
  }

  close(): void {
    for (const { connection } of this.#groups) connection.close()
  }

  #receive(group: Group, bytes: Buffer, at: number, end: number, receivedAtMs: number): void {
    const kind = bytes[at]
    if (kind === firstByte.error) throw new Error(`NATS says ${bytes.toString('latin1', at, end).trim()}`)
    if (isPing(bytes, at)) return group.connection.write(natsPong)
    // A status: the pull expired.
    if (kind === firstByte.messageWithHeaders) group.awaited = 0
    if (kind !== firstByte.message) return
    const { bodyBytes, window } = this.#options
    const bodyAt = payloadAt(bytes, at)
    const found = end - crlfBytes - bodyAt
    if (found !== bodyBytes) throw new Error(`a message of NATS has ${found} bytes of body instead of ${bodyBytes}`)
    group.received += 1
    group.awaited -= 1
    if (window.isOpen) {
      window.messages += 1
      window.recordBytes += found
      if (this.#options.atEnd === 'wait') window.latency.record(receivedAtMs - bytes.readDoubleBE(bodyAt))
    }
    this.#awaited.check()
  }

  #pull(group: Group): void {
    if (group.awaited > messagesPerPull) return
    const request = JSON.stringify({ batch: messagesPerPull, expires: pullExpiresNs })
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${streamName(this.#options.topic)}.${group.consumer}`
    group.awaited += messagesPerPull
    group.connection.write(natsPublish(subject, group.inbox, request))
  }
}
