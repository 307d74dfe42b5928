import assert from 'node:assert/strict'
import { type FileSystem, silentLogger } from '@cometmq/platform'
import { decodeRecord, type StoredMessage } from '@cometmq/protocol/message'
import { SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { MessageStore, type PutReceipt, StoreError, type StoreOptions } from '../src/index.ts'
import { CrashDeletions } from './crash-deletions.ts'
import { QueueReading } from './crash-reading.ts'
import { messageWith, optionsWith } from './rig.ts'

/** A message that was handed to the store. */
interface Sent {
  readonly text: string
  readonly topic: string
  readonly queueId: number
  /** Messages that an inner batch holds; 1 for others. */
  readonly count: number
  /** Light queues that it is in, too. */
  readonly lights: readonly string[]
}

/** How many messages are looked for by their keys: each look-up takes longer than all other checks of a message. */
const newestKeysTried = 4
const otherKeysTried = 3

const topics = ['A', 'B', '%RETRY%G']
const queuesPerTopic = 2
/** Its queues are of type BatchCQ. */
const batchTopic = 'BATCH'
const delayTopic = 'SCHEDULE_TOPIC_XXXX'
const lightNames = ['%LMQ%x', '%LMQ%y']
/** Those that are deleted, and made again by the next message. Light messages are never to one, as they would stay in their light queues. */
const passingTopics = ['B', batchTopic]

/**
 * A random sender and what it knows: which messages it sent, and which the store has acknowledged with which promise. After a crash, the store is
 * held against that.
 */
export class CrashWorkload {
  readonly random: SeededRandom
  readonly clock: SimulatedClock
  readonly options: StoreOptions
  readonly sent = new Map<string, Sent>()
  /** Acknowledged messages with the place that they were given. */
  readonly acknowledged = new Map<string, PutReceipt & Sent>()
  /** Of those, the ones that a power cut must leave. */
  readonly durable = new Set<string>()
  /** Messages that a full disk refused: they must not be there. */
  readonly refused = new Set<string>()
  /** False where a disk without room would end the store, as for the note of a deletion. */
  deletesTopics = true
  #deletions = new CrashDeletions()
  #count = 0
  #generation = 0
  store: MessageStore | undefined

  constructor(seed: number, changes: Partial<StoreOptions> = {}, startMs?: number) {
    this.random = new SeededRandom(seed)
    this.clock = new SimulatedClock(startMs)
    this.options = optionsWith({
      mappedFileSizeCommitLog: 2048,
      mappedFileSizeConsumeQueue: 100,
      flushDiskType: this.random.chance(0.5) ? 'SYNC_FLUSH' : 'ASYNC_FLUSH',
      flushIntervalConsumeQueue: 300,
      flushConsumeQueueThoroughInterval: 1000,
      chunkBytes: 512 + this.random.int(2000),
      tailBytes: 64 * 1024,
      queueWindowBytes: 1024,
      maxOpenFiles: 4,
      enableConsumeQueueExt: seed % 3 === 0,
      mappedFileSizeConsumeQueueExt: 100,
      mapperFileSizeBatchConsumeQueue: 46 * 3,
      enableLmq: true,
      enableMultiDispatch: true,
      maxHashSlotNum: 20,
      maxIndexNum: 30 + this.random.int(100),
      maxInlineWriteBytes: this.random.chance(0.5) ? 0 : 256 * 1024,
      ...changes,
    })
  }

  /** Another one that knows the same and begins now, with its own time and randomness: for what is found on a copy of the disk. */
  fork(seed: number): CrashWorkload {
    const other = new CrashWorkload(seed, this.options, this.clock.now())
    for (const [text, sent] of this.sent) other.sent.set(text, sent)
    for (const [text, receipt] of this.acknowledged) other.acknowledged.set(text, receipt)
    for (const text of this.durable) other.durable.add(text)
    other.deletesTopics = this.deletesTopics
    other.#deletions = this.#deletions.copy()
    other.#generation = this.#generation
    return other
  }

  async open(files: FileSystem): Promise<MessageStore> {
    this.#generation++
    const world = { files, clock: this.clock, logger: silentLogger, pid: this.#generation, isBatchTopic }
    this.store = await this.clock.until(MessageStore.open(this.options, world))
    return this.store
  }

  /** Sends and waits at random. What the end of the process leaves unanswered stays so. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const dice = this.random.int(40)
      if (dice < 20) for (let n = this.random.int(6); n >= 0; n--) this.#send()
      else if (dice < 24) this.#sendBatch()
      else if (dice < 28) for (let n = this.random.int(4); n >= 0; n--) this.#sendInner()
      else if (dice < 35) await this.clock.advance(this.random.int(700))
      else if (dice < 39) await this.#sync()
      else this.#delete(passingTopics[this.random.int(passingTopics.length)]!)
      if (this.random.chance(0.5)) await this.clock.settle()
    }
  }

  /** Everything that the store holds now, but for what is in light queues besides, after checks that hold whatever happened. */
  async read(files: FileSystem): Promise<Map<string, StoredMessage>> {
    const store = this.store!
    const found = new Map<string, StoredMessage>()
    const light = new Map(lightNames.map((name) => [name, new Set<string>()]))
    for (const queue of store.queues()) {
      const { topic, queueId } = queue
      const inLight = light.get(topic)
      for (const message of await new QueueReading(this, files, queue, isBatchTopic(topic)).run()) {
        const text = message.body.toString()
        if (inLight !== undefined) inLight.add(text)
        else {
          this.#checkSent(message, topic, queueId)
          found.set(text, message)
        }
      }
    }
    for (const [name, texts] of light) {
      const expected = [...found.keys()].filter((text) => this.sent.get(text)!.lights.includes(name))
      assert.deepEqual([...texts].sort(), expected.sort(), `${name} has the messages that name it`)
    }
    await this.#checkKeys(found)
    return found
  }

  /** Holds what the store gives back against what it promised. */
  checkPromises(found: Map<string, StoredMessage>, wasPowerCut: boolean): void {
    for (const text of this.refused) assert.ok(!found.has(text), `"${text}" was refused and is there`)
    for (const [text, receipt] of this.acknowledged) {
      if (wasPowerCut && !this.durable.has(text)) continue
      if (this.#deletions.mayLack(text)) continue
      const message = found.get(text)
      assert.ok(message, `"${text}" was acknowledged and is lost`)
      const { queueOffset, physicalOffset, storeTimestamp } = message
      const { queueOffset: q, physicalOffset: p, storeTimestamp: s } = receipt
      assert.deepEqual([queueOffset, physicalOffset, storeTimestamp], [q, p, s], `"${text}" is where it was said to be`)
    }
    const isPromised = (text: string) => (wasPowerCut ? this.durable.has(text) : this.acknowledged.has(text))
    this.#deletions.check(found, isPromised)
  }

  /** From now on only what was found counts: a message whose fate was open when the process ended may be there or not. */
  settle(found: Map<string, StoredMessage>): void {
    this.#deletions.settle()
    for (const text of [...this.acknowledged.keys()]) {
      if (found.has(text)) continue
      this.acknowledged.delete(text)
      this.durable.delete(text)
    }
    for (const text of [...this.sent.keys()]) if (!found.has(text)) this.sent.delete(text)
    // What was found after a recovery is made durable by it.
    for (const [text, { queueOffset, physicalOffset, storeTimestamp, size }] of found) {
      const sent = this.sent.get(text)!
      this.acknowledged.set(text, { ...sent, status: 'PUT_OK', queueOffset, physicalOffset, storeTimestamp, size })
      this.durable.add(text)
    }
  }

  /** Every message is found by its keys, once, and nothing else is. Of the single keys those of the newest messages and of some others are tried. */
  async #checkKeys(found: Map<string, StoredMessage>): Promise<void> {
    const byAge = [...found].sort(([, a], [, b]) => b.physicalOffset - a.physicalOffset)
    const tried = new Set(byAge.slice(0, newestKeysTried))
    for (let i = 0; i < otherKeysTried && byAge.length > 0; i++) tried.add(byAge[this.random.int(byAge.length)]!)
    for (const [text, { topic, physicalOffset }] of tried) {
      for (const key of [uniqueKeyOf(text), `key-${uniqueKeyOf(text)}`]) {
        const at = await this.#positionsOf(topic, key)
        assert.deepEqual(at, [physicalOffset], `"${text}" is found by its key ${key}`)
      }
    }
    for (const topic of topics) {
      const all = [...found.values()].filter((message) => message.topic === topic)
      const positions = all.map(({ physicalOffset }) => physicalOffset).sort((a, b) => a - b)
      const byKey = await this.#positionsOf(topic, 'all')
      // Records of deleted topics are found as long as the log has them.
      const at = passingTopics.includes(topic) ? byKey.filter((position) => positions.includes(position)) : byKey
      const least = byKey.length < 64 ? positions.length : at.length
      assert.deepEqual(at, positions.slice(positions.length - Math.min(64, least)), `${topic} by a common key`)
    }
  }

  async #positionsOf(topic: string, key: string): Promise<number[]> {
    const range = { begin: 0, end: Number.MAX_SAFE_INTEGER, maxMessages: 64 }
    const { records } = await this.clock.until(this.store!.query({ topic, key, kind: 'key', ...range }))
    return records.map((record) => decodeRecord(record, 0).physicalOffset)
  }

  #next(topic: string, queueId: number, { count = 1, lights = [] }: Partial<Sent> = {}): Sent {
    const text = `${this.#generation}-${this.#count++}-${'x'.repeat(this.random.int(this.random.chance(0.1) ? 900 : 60))}`
    const sent = { text, topic, queueId, count, lights }
    this.sent.set(text, sent)
    return sent
  }

  #queue(): { topic: string; queueId: number } {
    return { topic: topics[this.random.int(topics.length)]!, queueId: this.random.int(queuesPerTopic) }
  }

  #send(): void {
    const { topic, queueId } = this.#queue()
    if (this.random.chance(0.05)) return this.#put(this.#next(delayTopic, 2), 'DELAY\u00013\u0002')
    const lights = topic === 'A' ? lightNames.filter(() => this.random.chance(0.4)) : []
    const named = lights.length === 0 ? '' : `INNER_MULTI_DISPATCH\u0001${lights}\u0002`
    this.#put(this.#next(topic, queueId, { lights }), named)
  }

  /** To a batch queue: an inner batch, or a message by itself. */
  #sendInner(): void {
    const isInner = this.random.chance(0.7)
    const count = isInner ? 1 + this.random.int(5) : 1
    const sent = this.#next(batchTopic, this.random.int(queuesPerTopic), { count })
    if (isInner) this.#put(sent, `INNER_NUM\u0001${count}\u0002`, innerBatch)
    else this.#put(sent, '')
  }

  #put(sent: Sent, moreProperties: string, sysFlag = 0): void {
    const { topic, queueId, text } = sent
    const waitStored = this.random.chance(0.8)
    const properties = propertiesOf(text) + moreProperties
    const message = messageWith({ topic, queueId, sysFlag, properties, body: Buffer.from(text), waitStored })
    void this.store!.put(message).then(
      (receipt) => this.#acknowledge(sent, receipt, waitStored),
      (error: unknown) => this.#refuse([sent], error),
    )
  }

  #delete(topic: string): void {
    if (!this.deletesTopics) return
    const going = [...this.sent.values()].filter((sent) => sent.topic === topic)
    const deletion = this.#deletions.begin(going)
    void this.store!.deleteTopic(topic).then(
      () => {
        this.#deletions.end(deletion)
        for (const { text } of going) {
          this.sent.delete(text)
          this.acknowledged.delete(text)
          this.durable.delete(text)
        }
      },
      () => undefined,
    )
  }

  #sendBatch(): void {
    const { topic, queueId } = this.#queue()
    const sents = Array.from({ length: 1 + this.random.int(4) }, () => this.#next(topic, queueId))
    const items = sents.map(({ text }) => ({ flag: 0, properties: propertiesOf(text), body: Buffer.from(text) }))
    const bytes = items.reduce((sum, { body }) => sum + body.length + 180, 0)
    if (bytes > 2000) return
    void this.store!.putBatch(messageWith({ topic, queueId }), items).then(
      ({ queueOffset, physicalOffsets, ...receipt }) => {
        for (const [index, sent] of sents.entries()) {
          const place = { queueOffset: queueOffset + index, physicalOffset: physicalOffsets[index]!, size: 0 }
          this.#acknowledge(sent, { ...receipt, ...place }, true)
        }
      },
      (error: unknown) => this.#refuse(sents, error),
    )
  }

  #refuse(sents: readonly Sent[], error: unknown): void {
    if (!(error instanceof StoreError) || error.code !== 'STORE_DISK_FULL') return
    for (const { text } of sents) this.refused.add(text)
  }

  async #sync(): Promise<void> {
    const before = [...this.acknowledged.keys()]
    const synced = this.store!.sync().then(
      () => {
        for (const text of before) this.durable.add(text)
      },
      () => undefined,
    )
    if (this.random.chance(0.5)) await this.clock.until(synced)
  }

  #acknowledge(sent: Sent, receipt: PutReceipt, waitStored: boolean): void {
    // A topic can be deleted before its last messages are acknowledged.
    if (!this.sent.has(sent.text)) return
    this.acknowledged.set(sent.text, { ...sent, ...receipt })
    const isFlushed = this.options.flushDiskType === 'SYNC_FLUSH' && waitStored && receipt.status === 'PUT_OK'
    if (isFlushed) this.durable.add(sent.text)
  }

  #checkSent(message: StoredMessage, topic: string, queueId: number): void {
    const sent = this.sent.get(message.body.toString())
    assert.ok(sent, `"${message.body}" of ${topic} ${queueId} was never sent, or was deleted`)
    assert.deepEqual([message.topic, message.queueId], [topic, queueId])
    assert.deepEqual([sent.topic, sent.queueId], [topic, queueId])
  }
}

const isBatchTopic = (topic: string) => topic === batchTopic
/** INNER_BATCH, and that it is to be unwrapped. */
const innerBatch = 0xc0

/** The part of a text that no other has. */
const uniqueKeyOf = (text: string) => /^\d+-\d+/.exec(text)![0]

const propertiesOf = (text: string) =>
  `UNIQ_KEY\u0001${uniqueKeyOf(text)}\u0002KEYS\u0001key-${uniqueKeyOf(text)} all\u0002`
