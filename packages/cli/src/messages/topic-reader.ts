import { type Address, type Clock, CometError, formatAddress, messageOf, sleep } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { getMaxOffset, getMinOffset, pullMessage } from '@cometmq/protocol/commands'
import { decodeRecord, pullSysFlag, readTotalSize, type StoredMessage } from '@cometmq/protocol/message'
import type { RemotingClient } from '@cometmq/remoting'
import type { Terminal } from '../terminal.ts'
import { readableQueues, type TopicQueue, topicRoute } from './topic-route.ts'

/** How long a broker may hold a pull that finds nothing. */
const holdMs = 15_000
const pullTimeoutMs = 30_000
const pullMessages = 32
/** How often the route is asked for, to find the topic, or queues that it did not have. */
const waitForTopicMs = 500
const routeMs = 5_000
/** How long to wait after a failure that may pass. */
const retryMs = 1_000
/** Answers that only say where to go on: nothing new, nothing that matches, offset out of range. */
const emptyAnswers: readonly number[] = [
  responseCode.PULL_NOT_FOUND,
  responseCode.PULL_RETRY_IMMEDIATELY,
  responseCode.PULL_OFFSET_MOVED,
]

interface Reading {
  topic: string
  nameServers: readonly Address[]
  from: 'first' | 'last'
  group: string
}

/** Reads all queues of a topic, those that it gets later too, and leaves no trace: no membership in a group, no committed offsets. */
export class TopicReader {
  readonly #reading: Reading
  readonly #onMessage: (message: StoredMessage, queue: TopicQueue) => void
  readonly #client: RemotingClient
  readonly #clock: Clock
  readonly #terminal: Terminal
  readonly #queues = new Map<string, Promise<void>>()
  /** The last failure that was told, so that each is told once and not every second. */
  #told: string | undefined

  constructor(
    reading: Reading,
    onMessage: (message: StoredMessage, queue: TopicQueue) => void,
    world: { client: RemotingClient; clock: Clock; terminal: Terminal },
  ) {
    this.#reading = reading
    this.#onMessage = onMessage
    this.#client = world.client
    this.#clock = world.clock
    this.#terminal = world.terminal
  }

  /** Reads until `ended` aborts. @throws what cannot pass: a NameServer that never answered, a refusal. */
  async run(ended: AbortSignal): Promise<void> {
    const failed = new AbortController()
    const stop = AbortSignal.any([ended, failed.signal])
    let hasRoute = false
    let from = this.#reading.from
    try {
      while (!stop.aborted) {
        const queues = await this.#findQueues(hasRoute)
        hasRoute = true
        for (const queue of queues) this.#read(queue, from, stop, (error) => failed.abort(error))
        // Whatever appears from now on is new, and so are all of its messages.
        from = 'first'
        await sleep(this.#clock, this.#queues.size === 0 ? waitForTopicMs : routeMs, stop)
      }
    } catch (error) {
      if (!stop.aborted) throw error
    }
    if (failed.signal.aborted) throw failed.signal.reason
    await Promise.all(this.#queues.values())
  }

  /** @throws ConfigError when no NameServer answers and none ever did. */
  async #findQueues(hasRoute: boolean): Promise<TopicQueue[]> {
    const { topic, nameServers } = this.#reading
    try {
      const route = await topicRoute(topic, nameServers, this.#client)
      if (route === undefined) this.#tell(`there is no topic ${topic} yet; waiting for its first message`)
      return route === undefined ? [] : readableQueues(route)
    } catch (error) {
      if (!hasRoute || !isPassing(error)) throw error
      this.#tell(messageOf(error))
      return []
    }
  }

  #read(queue: TopicQueue, from: 'first' | 'last', stop: AbortSignal, fail: (error: unknown) => void): void {
    const name = `${queue.brokerName} ${formatAddress(queue.address)} ${queue.queueId}`
    if (this.#queues.has(name)) return
    const reading = this.#readQueue(queue, from, stop).catch((error: unknown) => {
      if (!stop.aborted) fail(error)
    })
    this.#queues.set(name, reading)
  }

  async #readQueue(queue: TopicQueue, from: 'first' | 'last', stop: AbortSignal): Promise<void> {
    let offset: number | undefined
    while (!stop.aborted) {
      try {
        offset ??= await this.#startOffset(queue, from)
        offset = await this.#pull(queue, offset)
        this.#told = undefined
      } catch (error) {
        if (stop.aborted) return
        if (!isPassing(error)) throw error
        this.#tell(`${messageOf(error)}; trying again every second`)
        await sleep(this.#clock, retryMs, stop)
      }
    }
  }

  async #startOffset(queue: TopicQueue, from: 'first' | 'last'): Promise<number> {
    const request = { topic: this.#reading.topic, queueId: queue.queueId }
    if (from === 'first') return (await this.#client.invoke(queue.address, getMinOffset, request)).fields.offset
    return (await this.#client.invoke(queue.address, getMaxOffset, { ...request, committed: true })).fields.offset
  }

  /** Hands over what there is, or waits for it; returns the offset to go on from. */
  async #pull(queue: TopicQueue, queueOffset: number): Promise<number> {
    const request = {
      consumerGroup: this.#reading.group,
      topic: this.#reading.topic,
      queueId: queue.queueId,
      queueOffset,
      maxMsgNums: pullMessages,
      sysFlag: pullSysFlag.SUSPEND | pullSysFlag.SUBSCRIPTION,
      commitOffset: 0,
      suspendTimeoutMillis: holdMs,
      subscription: '*',
      subVersion: 0,
      expressionType: 'TAG',
    }
    const answer = await this.#client.invoke(queue.address, pullMessage, request, {
      accept: emptyAnswers,
      timeoutMs: pullTimeoutMs,
    })
    if (answer.code === responseCode.SUCCESS) this.#handOver(answer.body as Buffer, queue)
    return answer.fields.nextBeginOffset
  }

  #handOver(records: Buffer, queue: TopicQueue): void {
    for (let at = 0; at < records.length; at += readTotalSize(records, at)) {
      this.#onMessage(decodeRecord(records, at), queue)
    }
  }

  #tell(what: string): void {
    if (this.#told === what) return
    this.#told = what
    this.#terminal.remark(what)
  }
}

/** A server that is down or slow may come back. */
function isPassing(error: unknown): boolean {
  return error instanceof CometError && (error.retriable || error.code === 'CONFIG')
}
