import assert from 'node:assert/strict'
import type { FileSystem } from '@cometmq/platform'
import { decodeRecord, propertyOf, type StoredMessage } from '@cometmq/protocol/message'
import type { SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { DelayLevels } from '../src/dispatch/delay-levels.ts'
import { targetsOf } from '../src/dispatch/multi-dispatch.ts'
import { tagsCodeFor } from '../src/dispatch/queue-tags.ts'
import { batchUnitBytes, readBatchUnit } from '../src/format/batch-unit.ts'
import { isFillerUnit, isUnit, unitBytes, unitPhysicalOffset, unitRecordSize } from '../src/format/index.ts'
import type { MessageStore, QueueRange, StoreOptions } from '../src/index.ts'
import { defaultDelayLevels } from '../src/options.ts'
import { root } from './rig.ts'

const delays = new DelayLevels(defaultDelayLevels)

interface Reader {
  readonly store: MessageStore | undefined
  readonly clock: SimulatedClock
  readonly random: SeededRandom
  readonly options: StoreOptions
}

interface UnitOnDisk {
  readonly physicalOffset: number
  readonly size: number
  /** Of a batch queue. */
  readonly baseOffset?: number
  readonly count?: number
}

/** One queue, read from its first message on as a consumer reads it, and held against its files: dense, in order, a unit for each record and none besides. */
export class QueueReading {
  readonly #reader: Reader
  readonly #files: FileSystem
  readonly #queue: QueueRange
  readonly #isBatch: boolean

  constructor(reader: Reader, files: FileSystem, queue: QueueRange, isBatch: boolean) {
    this.#reader = reader
    this.#files = files
    this.#queue = queue
    this.#isBatch = isBatch
  }

  async run(): Promise<StoredMessage[]> {
    const { topic, queueId, minOffset, maxOffset } = this.#queue
    const units = await this.#unitsOnDisk()
    const messages: StoredMessage[] = []
    let expected = minOffset
    while (expected < maxOffset) {
      const result = await this.#get(expected, 1 + this.#reader.random.int(40))
      assert.equal(result.status, 'FOUND', `${topic} ${queueId} at ${expected} of ${maxOffset}`)
      for (const record of result.records) {
        const message = decodeRecord(record, 0)
        assert.deepEqual(units[messages.length], this.#unitOf(message, expected), `${topic} ${queueId} at ${expected}`)
        messages.push(message)
        expected += this.#isBatch ? countOf(message) : 1
      }
      assert.equal(result.nextBeginOffset, expected)
    }
    assert.equal(units.length, messages.length, `${topic} ${queueId}: units behind the end`)
    if (!this.#isBatch) await this.#checkTagsCodes(messages)
    return messages
  }

  #get(offset: number, maxMessages: number, matchesTag?: (code: number) => boolean) {
    const { topic, queueId } = this.#queue
    const request = { topic, queueId, offset, maxMessages, ...(matchesTag !== undefined && { matchesTag }) }
    return this.#reader.clock.until(Promise.resolve(this.#reader.store!.get(request)))
  }

  /** The unit that the record must have, at the offset that it says of itself. */
  #unitOf(message: StoredMessage, expected: number): UnitOnDisk {
    const { physicalOffset, size, queueOffset, topic, properties } = message
    const isLight = topic !== this.#queue.topic
    const place = isLight
      ? targetsOf(topic, properties).find(({ name }) => name === this.#queue.topic)?.queueOffset
      : queueOffset
    assert.equal(place, expected, 'queue offsets are dense')
    return { physicalOffset, size, ...(this.#isBatch && { baseOffset: expected, count: countOf(message) }) }
  }

  /** What a filter is asked about, from units or extended units, is what the records say. */
  async #checkTagsCodes(messages: readonly StoredMessage[]): Promise<void> {
    const { topic, queueId, minOffset, maxOffset } = this.#queue
    if (messages.length === 0) return
    const codes: number[] = []
    const matchesNone = (code: number) => codes.push(code) < 0
    for (let offset = minOffset; offset < maxOffset; ) {
      const { nextBeginOffset } = await this.#get(offset, messages.length, matchesNone)
      assert.ok(nextBeginOffset > offset)
      offset = nextBeginOffset
    }
    const expected = messages.map((message) =>
      tagsCodeFor(message.topic, message.properties, message.storeTimestamp, delays),
    )
    assert.deepEqual(codes, expected, `tags codes of ${topic} ${queueId}`)
  }

  async #unitsOnDisk(): Promise<UnitOnDisk[]> {
    const { topic, queueId } = this.#queue
    const { mapperFileSizeBatchConsumeQueue, mappedFileSizeConsumeQueue } = this.#reader.options
    const fileBytes = this.#isBatch ? mapperFileSizeBatchConsumeQueue : mappedFileSizeConsumeQueue
    const folder = `${root}/${this.#isBatch ? 'batchconsumequeue' : 'consumequeue'}/${topic}/${queueId}`
    if ((await this.#files.stat(folder)) === undefined) return []
    const names = (await this.#files.list(folder)).map(({ name }) => name).sort()
    const units: UnitOnDisk[] = []
    for (const [index, name] of names.entries()) {
      assert.equal(Number(name), index * fileBytes!, 'queue files follow each other')
      const bytes = await this.#files.readFile(`${folder}/${name}`)
      assert.equal(bytes.length, fileBytes)
      units.push(...(this.#isBatch ? batchUnitsIn(bytes) : unitsIn(bytes)))
    }
    return units
  }
}

const countOf = ({ properties }: StoredMessage) => Number(propertyOf(properties, 'INNER_NUM') ?? 1)

function unitsIn(bytes: Buffer): UnitOnDisk[] {
  const units: UnitOnDisk[] = []
  for (let at = 0; at < bytes.length && isUnit(bytes, at); at += unitBytes) {
    assert.ok(!isFillerUnit(bytes, at))
    units.push({ physicalOffset: unitPhysicalOffset(bytes, at), size: unitRecordSize(bytes, at) })
  }
  return units
}

function batchUnitsIn(bytes: Buffer): UnitOnDisk[] {
  const units: UnitOnDisk[] = []
  for (let at = 0; ; at += batchUnitBytes) {
    const unit = readBatchUnit(bytes, at)
    if (unit === undefined) return units
    const { physicalOffset, size, baseOffset, count } = unit
    units.push({ physicalOffset, size, baseOffset, count })
  }
}
