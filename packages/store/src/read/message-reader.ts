import type { Clock } from '@cometmq/platform'
import { unitBytes, unitPhysicalOffset } from '../format/queue-unit.ts'
import type { CommitLog } from '../log/commit-log.ts'
import type { RecordPlace } from '../log/record-reader.ts'
import type { GetRequest, GetResult, GetStatus } from '../message.ts'
import type { StoreSettings } from '../options.ts'
import type { BatchQueue } from '../queue/batch-queue.ts'
import type { BatchQueues } from '../queue/batch-queues.ts'
import type { ConsumeQueue } from '../queue/consume-queue.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import { ColdReadPace } from './cold-read-pace.ts'
import { ColdReads } from './cold-reads.ts'
import { isRecordOf } from './record-owner.ts'
import { emptySelection, type Selection, Selector } from './selection.ts'
import { SharedReads } from './shared-reads.ts'

/** So many reads of old messages use the disk at once by themselves, however many threads there are. */
const mostColdReads = 8
/** And so many while sends and reads of what is recent take all of the event loop: each takes a processor that others want. */
const coldReadsWhenCrowded = 3
/** Units that a read from somewhere else takes: most often one page of the file, or two. */
const firstUnits = 64

export interface MessageReaderParts {
  log: CommitLog
  queues: QueueTable
  batches: BatchQueues
  settings: StoreSettings
  clock: Clock
  /** See `StoreWorld`. */
  loopBusyMs: (() => number) | undefined
  /** See `StoreWorld`. */
  fileThreads: number
  /** Messages stored so far: reads of old ones give way to them. */
  putMessages: () => number
  /** So much behind the end of the log counts as recent. */
  recentBytes: number
  onUnreadable: (queue: ConsumeQueue | BatchQueue, place: RecordPlace) => void
}

/** What an answer says of a queue. */
interface QueueBounds {
  readonly minOffset: number
  readonly maxOffset: number
}

/** Reads messages of one queue in RocketMQ's manner: bounded in number and bytes, filtered by the hash of the tag. */
export class MessageReader {
  readonly #parts: MessageReaderParts
  readonly #selector: Selector
  readonly #pace: ColdReadPace
  readonly #coldReads: ColdReads
  readonly #shared: SharedReads
  #found = 0
  #missed = 0
  #messages = 0

  constructor(parts: MessageReaderParts) {
    this.#parts = parts
    this.#selector = new Selector(parts)
    this.#shared = new SharedReads(parts.clock, parts.log.tail)
    const { clock, loopBusyMs, putMessages, settings, fileThreads } = parts
    this.#pace = new ColdReadPace({
      clock,
      loopBusyMs,
      putMessages,
      leastShare: settings.coldReadShare / 100,
    })
    const most = settings.maxColdReads || Math.min(mostColdReads, Math.ceil((fileThreads * 2) / 3))
    const maxUnderWay = () => (this.#pace.isCrowded() ? Math.min(most, coldReadsWhenCrowded) : most)
    this.#coldReads = new ColdReads({ maxUnderWay, maxWaiting: settings.maxWaitingColdReads })
  }

  /** Reads that found messages, those that found none, and messages found. */
  get counters(): { found: number; missed: number; messages: number } {
    return { found: this.#found, missed: this.#missed, messages: this.#messages }
  }

  /** At once when queue units and records are in memory, else a promise. */
  get(request: GetRequest): GetResult | Promise<GetResult> {
    const queue = this.#parts.queues.find(request.topic, request.queueId)
    const batch = queue === undefined ? this.#parts.batches.find(request.topic, request.queueId) : undefined
    if (batch !== undefined) return this.#getBatched(batch, request)
    const outside = this.#outside(queue, request.offset)
    if (outside !== undefined) {
      this.#missed++
      return outside
    }
    const shared = this.#shared.find(queue!, request, this.#parts.log.positions.written)
    if (shared !== undefined) return this.#again(shared)
    const isExtended = queue!.extended !== undefined && request.matchesTag !== undefined
    const end = Math.min(queue!.maxOffset, request.offset + this.#unitsToLookAt(request.maxMessages))
    if (isExtended) return this.#getCold(queue!, request, end)
    const least = Math.min(end, request.offset + Math.max(1, request.maxMessages))
    const units = queue!.unitsInMemory(request.offset, end) ?? queue!.unitsInMemory(request.offset, least)
    if (units === undefined) return this.#getCold(queue!, request, end)
    const selection = this.#selector.select(units, request)
    // Some of these units were passed by, and those behind them may hold what is wanted.
    const isShort = selection.nextBeginOffset === least && selection.places.length < request.maxMessages
    if (isShort && units.length < (end - request.offset) * unitBytes) return this.#getCold(queue!, request, end)
    const isHot = this.#isHot(selection)
    if (!isHot && request.isOwed !== true && !this.#pace.isFree()) return this.#getCold(queue!, request, end)
    const records = this.#inMemory(selection, request)
    if (records === undefined) return this.#getCold(queue!, request, end)
    // Units that never were in a file are right.
    if (!queue!.isNew(request.offset)) return this.#resultOf(queue!, selection, records)
    const result = this.#result(queue!, selection, records)
    if (isHot && records.length > 0)
      this.#shared.remember(queue!, request, this.#parts.log.positions.written, result, selection.places)
    return result
  }

  /** Somebody else has read the same in this turn. */
  #again(result: GetResult): GetResult {
    this.#found++
    this.#messages += result.records.length
    return result
  }

  /** Whether the message counts as recent: RocketMQ then expects it in the page cache, so that reading it costs nothing. */
  isRecent(topic: string, queueId: number, queueOffset: number): boolean {
    const queue = this.#parts.queues.find(topic, queueId)
    if (queue === undefined || queueOffset < queue.minOffset || queueOffset >= queue.maxOffset) return false
    const unit = queue.unitsInMemory(queueOffset, queueOffset + 1)
    if (unit !== undefined) return this.#selector.isRecent(unitPhysicalOffset(unit, 0))
    // Its unit is in a file; no message of a queue lies before the first one.
    return this.#selector.isRecent(queue.firstPhysicalOffset ?? this.#parts.log.minPhysicalOffset)
  }

  /** Runs what reads old messages of `queue` some other way when it is its turn. Rejects with STORE_BUSY when too many wait. */
  inTurn<T>(queue: object, read: () => Promise<T>): Promise<T> {
    return this.#coldReads.run(queue, read)
  }

  /** `RecordReader.recordAt`, for an old record in turn: all who ask for places share one turn, as a queue has one. */
  async recordAt(physicalOffset: number): Promise<Buffer | undefined> {
    const { reader, tail } = this.#parts.log
    if (tail.has(physicalOffset)) return reader.recordAt(physicalOffset)
    return this.#coldReads.run(reader, () => reader.recordAt(physicalOffset))
  }

  #outside(queue: QueueBounds | undefined, offset: number): GetResult | undefined {
    // Differs in name only: RocketMQ makes the queue when it is asked for, and so says of an unknown one that it is empty. We do not make it.
    if (queue === undefined || queue.maxOffset === 0) return nothing('NO_MESSAGE_IN_QUEUE', 0, queue)
    if (offset < queue.minOffset) return nothing('OFFSET_TOO_SMALL', queue.minOffset, queue)
    if (offset === queue.maxOffset) return nothing('OFFSET_OVERFLOW_ONE', offset, queue)
    if (offset > queue.maxOffset) return nothing('OFFSET_OVERFLOW_BADLY', queue.maxOffset, queue)
    return undefined
  }

  /** Whole records; a read from the middle of one answers it from its first message on. */
  async #getBatched(queue: BatchQueue, request: GetRequest): Promise<GetResult> {
    const outside = this.#outside(queue, request.offset)
    if (outside !== undefined) return outside
    return this.#coldReads.run(queue, async () => {
      const minPhysicalOffset = this.#parts.log.minPhysicalOffset
      const { offset, maxMessages, matchesTag } = request
      const selection = emptySelection(offset)
      let messages = 0
      for (const unit of await queue.unitsFrom(offset, this.#unitsToLookAt(maxMessages))) {
        const { physicalOffset, size, baseOffset, count } = unit
        const isFull = messages > 0 && messages + count > maxMessages
        if (physicalOffset < minPhysicalOffset) selection.hasMissing = true
        else if (isFull || this.#selector.isFull(selection, physicalOffset, size, maxMessages)) break
        else if (matchesTag === undefined || matchesTag(unit.tagsCode, undefined)) {
          selection.places.push({ physicalOffset, size, queueOffset: baseOffset })
          selection.bytes += size
          messages += count
        }
        selection.nextBeginOffset = baseOffset + count
      }
      return this.#resultOf(queue, selection, await this.#parts.log.reader.readAll(selection.places))
    })
  }

  /** Whether all of it is in the tail. What is read ahead is in memory too, but serves readers of old messages. */
  #isHot({ places }: Selection): boolean {
    return places.length === 0 || this.#parts.log.tail.has(places[0]!.physicalOffset)
  }

  #inMemory({ places, bytes }: Selection, { memory, lease }: GetRequest): Buffer[] | undefined {
    return this.#parts.log.reader.allInMemory(places, bytes, memory, lease)
  }

  /** From the files, or from what was read ahead of them while others keep the event loop busy. */
  #getCold(queue: ConsumeQueue, request: GetRequest, end: number): Promise<GetResult> {
    // What is owed waits for nobody.
    if (request.isOwed === true) return this.#readCold(queue, request, end, async () => {})
    return this.#coldReads.run(queue, () => this.#readCold(queue, request, end, () => this.#pace.turn()))
  }

  /** `takeTurn`: lets others go first. */
  async #readCold(
    queue: ConsumeQueue,
    request: GetRequest,
    end: number,
    takeTurn: () => Promise<void>,
  ): Promise<GetResult> {
    const units = await queue.units(request.offset, this.#endOfUnits(queue, request, end))
    if (units.length === 0) return nothing('OFFSET_FOUND_NULL', request.offset, queue)
    const isExtended = queue.extended !== undefined && request.matchesTag !== undefined
    const extended = isExtended ? await queue.extended!.unitsOf(Buffer.from(units)) : undefined
    const selection = this.#selector.select(units, request, extended)
    await takeTurn()
    const records = this.#inMemory(selection, request)
    if (records !== undefined) return this.#resultOf(queue, selection, records)
    const found = await this.#parts.log.reader.readAll(selection.places, request.memory, request.lease)
    await takeTurn()
    return this.#resultOf(queue, selection, found)
  }

  /** Units are read ahead for who reads on, or looks for few messages among many. */
  #endOfUnits(queue: ConsumeQueue, { offset, maxMessages, matchesTag }: GetRequest, end: number): number {
    if (matchesTag !== undefined || queue.isReadOn(offset)) return end
    return Math.min(end, offset + Math.max(maxMessages, firstUnits))
  }

  #resultOf(queue: ConsumeQueue | BatchQueue, selection: Selection, found: (Buffer | undefined)[]): GetResult {
    // An index and no iterator: this runs for every old message.
    let count = 0
    for (let index = 0; index < found.length; index++) {
      const record = found[index]
      const place = selection.places[index]!
      if (record !== undefined && isRecordOf(queue, place.queueOffset, record)) found[count++] = record
      else this.#parts.onUnreadable(queue, place)
    }
    const isWhole = count === found.length
    found.length = count
    return this.#result(queue, isWhole ? selection : { ...selection, hasMissing: true }, found as Buffer[])
  }

  #unitsToLookAt(maxMessages: number): number {
    return Math.max(Math.ceil(this.#parts.settings.maxFilterMessageSize / unitBytes), maxMessages)
  }

  #result(queue: QueueBounds, { places, nextBeginOffset, hasMissing }: Selection, records: Buffer[]): GetResult {
    let bytes = 0
    for (const record of records) bytes += record.length
    const last = places.at(-1)
    if (records.length > 0) this.#found++
    else this.#missed++
    this.#messages += records.length
    return {
      status: records.length > 0 ? 'FOUND' : hasMissing ? 'MESSAGE_WAS_REMOVING' : 'NO_MATCHED_MESSAGE',
      nextBeginOffset,
      minOffset: queue.minOffset,
      maxOffset: queue.maxOffset,
      records,
      bytes,
      suggestPullingFromSlave: last !== undefined && !this.#selector.isRecent(last.physicalOffset),
      behindBytes: last === undefined ? 0 : this.#parts.log.positions.written - last.physicalOffset - last.size,
    }
  }
}

function nothing(status: GetStatus, nextBeginOffset: number, queue: QueueBounds | undefined): GetResult {
  return {
    status,
    nextBeginOffset,
    minOffset: queue?.minOffset ?? 0,
    maxOffset: queue?.maxOffset ?? 0,
    records: [],
    bytes: 0,
    suggestPullingFromSlave: false,
    behindBytes: 0,
  }
}
