import assert from 'node:assert/strict'
import { type FileSystem, silentLogger } from '@cometmq/platform'
import { decodeRecord, type StoredMessage } from '@cometmq/protocol/message'
import { SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { isFillerUnit, isUnit, unitBytes, unitPhysicalOffset, unitRecordSize } from '../src/format/index.ts'
import { MessageStore, type PutReceipt, StoreError, type StoreOptions } from '../src/index.ts'
import { messageWith, optionsWith, root } from './rig.ts'

/** A message that was handed to the store. */
interface Sent {
  readonly text: string
  readonly topic: string
  readonly queueId: number
}
/** How many messages are looked for by their keys: each look-up takes longer than all other checks of a message. */
const newestKeysTried = 4
const otherKeysTried = 3

const topics = ['A', 'B', '%RETRY%G']

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
    other.#generation = this.#generation
    return other
  }

  async open(files: FileSystem): Promise<MessageStore> {
    this.#generation++
    const world = { files, clock: this.clock, logger: silentLogger, pid: this.#generation }
    this.store = await this.clock.until(MessageStore.open(this.options, world))
    return this.store
  }

  /** Sends and waits at random. What the end of the process leaves unanswered stays so. */
  async run(steps: number): Promise<void> {
    for (let step = 0; step < steps; step++) {
      const dice = this.random.int(10)
      if (dice < 6) for (let n = this.random.int(6); n >= 0; n--) this.#send()
      else if (dice < 7) this.#sendBatch()
      else if (dice < 9) await this.clock.advance(this.random.int(700))
      else await this.#sync()
      if (this.random.chance(0.5)) await this.clock.settle()
    }
  }

  /** Everything that the store holds now, by queue, after checks that hold whatever happened. */
  async read(files: FileSystem): Promise<Map<string, StoredMessage>> {
    const store = this.store!
    const found = new Map<string, StoredMessage>()
    for (const { topic, queueId, minOffset, maxOffset } of store.queues()) {
      const units = await unitsOnDisk(files, topic, queueId, this.options.mappedFileSizeConsumeQueue!)
      assert.ok(units.length >= maxOffset, `${topic} ${queueId}: ${units.length} units in the files of ${maxOffset}`)
      let expected = minOffset
      while (expected < maxOffset) {
        const result = await this.clock.until(
          Promise.resolve(store.get({ topic, queueId, offset: expected, maxMessages: 1 + this.random.int(40) })),
        )
        assert.equal(result.status, 'FOUND', `${topic} ${queueId} at ${expected} of ${maxOffset}`)
        for (const record of result.records) {
          const message = decodeRecord(record, 0)
          assert.equal(message.queueOffset, expected, 'queue offsets are dense')
          assert.deepEqual(units[expected], { physicalOffset: message.physicalOffset, size: message.size })
          this.#checkSent(message, topic, queueId)
          found.set(message.body.toString(), message)
          expected++
        }
        assert.equal(result.nextBeginOffset, expected)
      }
      assert.equal(units.length, maxOffset, `${topic} ${queueId}: units behind the end`)
    }
    await this.#checkKeys(found)
    return found
  }

  /** Holds what the store gives back against what it promised. */
  checkPromises(found: Map<string, StoredMessage>, wasPowerCut: boolean): void {
    for (const text of this.refused) assert.ok(!found.has(text), `"${text}" was refused and is there`)
    for (const [text, receipt] of this.acknowledged) {
      if (wasPowerCut && !this.durable.has(text)) continue
      const message = found.get(text)
      assert.ok(message, `"${text}" was acknowledged and is lost`)
      const { queueOffset, physicalOffset, storeTimestamp } = message
      const { queueOffset: q, physicalOffset: p, storeTimestamp: s } = receipt
      assert.deepEqual([queueOffset, physicalOffset, storeTimestamp], [q, p, s], `"${text}" is where it was said to be`)
    }
  }

  /** From now on only what was found counts: a message whose fate was open when the process ended may be there or not. */
  settle(found: Map<string, StoredMessage>): void {
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
      assert.deepEqual(await this.#positionsOf(topic, 'all'), positions.slice(-64), `${topic} by a common key`)
    }
  }

  async #positionsOf(topic: string, key: string): Promise<number[]> {
    const range = { begin: 0, end: Number.MAX_SAFE_INTEGER, maxMessages: 64 }
    const { records } = await this.clock.until(this.store!.query({ topic, key, kind: 'key', ...range }))
    return records.map((record) => decodeRecord(record, 0).physicalOffset)
  }

  #next(topic: string, queueId: number): Sent {
    const text = `${this.#generation}-${this.#count++}-${'x'.repeat(this.random.int(this.random.chance(0.1) ? 900 : 60))}`
    const sent = { text, topic, queueId }
    this.sent.set(text, sent)
    return sent
  }

  #queue(): { topic: string; queueId: number } {
    return { topic: topics[this.random.int(topics.length)]!, queueId: this.random.int(3) }
  }

  #send(): void {
    const { topic, queueId } = this.#queue()
    const sent = this.#next(topic, queueId)
    const waitStored = this.random.chance(0.8)
    const properties = propertiesOf(sent.text)
    const message = messageWith({ topic, queueId, properties, body: Buffer.from(sent.text), waitStored })
    void this.store!.put(message).then(
      (receipt) => this.#acknowledge(sent, receipt, waitStored),
      (error: unknown) => this.#refuse([sent], error),
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
    this.acknowledged.set(sent.text, { ...sent, ...receipt })
    const isFlushed = this.options.flushDiskType === 'SYNC_FLUSH' && waitStored && receipt.status === 'PUT_OK'
    if (isFlushed) this.durable.add(sent.text)
  }

  #checkSent(message: StoredMessage, topic: string, queueId: number): void {
    const sent = this.sent.get(message.body.toString())
    assert.ok(sent, 'nothing is there that was not sent')
    assert.deepEqual([message.topic, message.queueId], [topic, queueId])
    assert.deepEqual([sent.topic, sent.queueId], [topic, queueId])
  }
}

/** The part of a text that no other has. */
const uniqueKeyOf = (text: string) => /^\d+-\d+/.exec(text)![0]

const propertiesOf = (text: string) =>
  `UNIQ_KEY\u0001${uniqueKeyOf(text)}\u0002KEYS\u0001key-${uniqueKeyOf(text)} all\u0002`

async function unitsOnDisk(files: FileSystem, topic: string, queueId: number, fileBytes: number) {
  const folder = `${root}/consumequeue/${topic}/${queueId}`
  if ((await files.stat(folder)) === undefined) return []
  const names = (await files.list(folder)).map(({ name }) => name).sort()
  const units: { physicalOffset: number; size: number }[] = []
  for (const [index, name] of names.entries()) {
    assert.equal(Number(name), index * fileBytes, 'queue files follow each other')
    const bytes = await files.readFile(`${folder}/${name}`)
    assert.equal(bytes.length, fileBytes)
    for (let at = 0; at < bytes.length && isUnit(bytes, at); at += unitBytes) {
      assert.ok(!isFillerUnit(bytes, at))
      units.push({ physicalOffset: unitPhysicalOffset(bytes, at), size: unitRecordSize(bytes, at) })
    }
  }
  return units
}
