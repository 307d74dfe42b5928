import { randomBytes } from 'node:crypto'
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
  readonly #failed = Promise.withResolvers<never>()
  #awaited: { readonly count: number; readonly resolve: () => void } | undefined

  constructor(options: NatsReceiverOptions) {
    this.#options = options
    this.#failed.promise.catch(() => {})
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
        onFailure: (error) => this.#failed.reject(error),
      })
      const group: Group = { connection, inbox, consumer: String(answer.name), received: 0, awaited: 0 }
      connection.write(natsConnect([inbox]))
      this.#groups.push(group)
    }
  }

  start(): void {
    for (const group of this.#groups) this.#pull(group)
  }

  async readExactly(count: number, withinMs: number): Promise<void> {
    const counted = Promise.withResolvers<void>()
    this.#awaited = { count, resolve: counted.resolve }
    const late = () => new Error(`of ${count} messages ${Math.min(...this.#reads())} were read by the slowest group`)
    const timer = setTimeout(() => this.#failed.reject(late()), withinMs)
    this.#checkAwaited()
    try {
      await Promise.race([counted.promise, this.#failed.promise])
    } finally {
      clearTimeout(timer)
      this.#awaited = undefined
    }
  }

  failed(): Promise<never> {
    return this.#failed.promise
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
    this.#checkAwaited()
  }

  #pull(group: Group): void {
    if (group.awaited > messagesPerPull) return
    const request = JSON.stringify({ batch: messagesPerPull, expires: pullExpiresNs })
    const subject = `$JS.API.CONSUMER.MSG.NEXT.${streamName(this.#options.topic)}.${group.consumer}`
    group.awaited += messagesPerPull
    group.connection.write(natsPublish(subject, group.inbox, request))
  }

  #reads(): number[] {
    return this.#groups.map(({ received }) => received)
  }

  #checkAwaited(): void {
    if (this.#awaited === undefined) return
    const { count, resolve } = this.#awaited
    const reads = this.#reads()
    if (reads.every((read) => read === count)) resolve()
    else if (reads.some((read) => read > count)) this.#failed.reject(new Error(`more than the ${count} messages came`))
  }
}
