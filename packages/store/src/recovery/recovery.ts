import type { Clock, FileSystem, Logger } from '@cometmq/platform'
import {
  liteQueuePrefix,
  propertyNames,
  propertyOf,
  type RecordLayout,
  readProperties,
  readQueueId,
  readQueueOffset,
  readStoreTimestamp,
  readSysFlag,
  readTopic,
  sysFlag,
} from '@cometmq/protocol/message'
import type { DeletedTopics } from '../deletion/deleted-topics.ts'
import type { DelayLevels } from '../dispatch/delay-levels.ts'
import { targetsOf } from '../dispatch/multi-dispatch.ts'
import { hasQueueUnit, tagsCodeFor } from '../dispatch/queue-tags.ts'
import { isTopicFolder } from '../dispatch/topic-folder.ts'
import { StoreError } from '../error.ts'
import { forEachAtOnce } from '../for-each-at-once.ts'
import type { Checkpoint } from '../format/checkpoint.ts'
import type { RecordMark } from '../log/record-mark.ts'
import type { BatchQueues } from '../queue/batch-queues.ts'
import type { QueueFlusher } from '../queue/queue-flusher.ts'
import type { QueueTable } from '../queue/queue-table.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { isHoleBehind, zeroRest } from '../segment/zero-rest.ts'
import { BatchRecovery } from './batch-recovery.ts'
import { behindCheckpoint, behindOffset, findStartFile, startAtCheckpoint } from './find-start.ts'
import type { LogCut } from './log-cut.ts'
import { type FoundQueue, whatHelps } from './open-sequences.ts'
import type { CountedQueue } from './queue-census.ts'
import { lastUnitOffset } from './queue-end.ts'
import { QueueRecovery, type RestoredUnit } from './queue-recovery.ts'
import { scanLog } from './scan-log.ts'

/** A clean end leaves nothing behind the log but, with some settings of RocketMQ, the rest of a page. */
const lookBehindCleanEndBytes = 64 * 1024
const progressPeriodMs = 2_000
const queuesAtOnce = 16
/** Units that are made again are written when there are so many: every queue that has some costs a write, however few they are. */
const unwrittenUnitBytes = 8 * 1024 * 1024

export interface RecoveryParts {
  files: FileSystem
  clock: Clock
  logger: Logger
  log: SegmentSequence
  found: readonly FoundQueue[]
  foundBatches: readonly FoundQueue[]
  queues: QueueTable
  batches: BatchQueues
  queueFlusher: QueueFlusher
  checkpoint: Checkpoint
  delays: DelayLevels
  deleted: DeletedTopics
  /** Queues that were there when the store was closed. */
  census: readonly CountedQueue[]
  /** Records name further queues that they are in. */
  isMultiDispatch: boolean
  checkCrc: boolean
  /** The store was not closed: bytes behind the end of the log and of the queues can be anything. */
  wasCrash: boolean
  /** Bytes that the last log file takes on the disk, where that is known. */
  logAllocatedBytes: number | undefined
  /** The units in which the disk gives space to log files and to queue files, where they are known. */
  logBlockBytes: number | undefined
  queueBlockBytes: number | undefined
  logCut: LogCut
  /** Says in the checkpoint, durably, that no unit can be relied on. */
  distrustQueues: () => Promise<void>
  /** How many bytes of units may wait in memory when the disk has no room for them. */
  maxUnwrittenUnitBytes: number
}

export interface Recovered {
  /** Where the next record goes. */
  readonly end: number
  /** The last record of the log, when recovery came by it. */
  readonly lastRecord: RecordMark | undefined
}

/**
 * Finds the end of the log and makes the queues agree with it. Units of records before the place where the scan begins are relied upon; all
 * later ones are made again from the log, so that it does not matter what became of them. When the queues turn out to lack units from before
 * that place, the scan begins again at the first record that is kept.
 */
export class Recovery {
  readonly #parts: RecoveryParts
  readonly #queueRecovery: QueueRecovery
  readonly #batchRecovery: BatchRecovery
  #lastRecord: RecordMark | undefined
  #records = 0
  /** The first queue that turned out to lack units from before the scan. */
  #lacking: object | string | undefined
  readonly #damaged = new Set<SegmentSequence>()

  constructor(parts: RecoveryParts) {
    this.#parts = parts
    this.#queueRecovery = new QueueRecovery(parts, this.#damaged)
    this.#batchRecovery = new BatchRecovery(parts)
  }

  async run(): Promise<Recovered> {
    const { log, found, clock, logger, wasCrash } = this.#parts
    const startedMs = clock.monotonicMs()
    const start = await this.#chooseStart()
    const first = log.first ?? 0
    for (const { sequence, isDamaged } of [...found, ...this.#parts.foundBatches])
      if (isDamaged) this.#damaged.add(sequence)
    let from = this.#damaged.size > 0 || this.#lacksAllUnits(start) ? first : start
    let end = await this.#scan(from, start)
    this.#lacking ??= this.#shortQueue()
    if (this.#lacking !== undefined) {
      logger.warn({ queue: `${this.#lacking}` }, 'a consume queue lacks units: making all queues again from the log')
      from = first
      end = await this.#scan(from, start)
    }
    await this.#endLogAt(end, from)
    await this.#queueRecovery.end()
    await this.#batchRecovery.end()
    const details = { wasCrash, from, end, records: this.#records, tookMs: Math.round(clock.monotonicMs() - startedMs) }
    if (wasCrash) logger.info(details, 'recovered the store, which had not been closed')
    else logger.debug(details, 'opened the store, which had been closed')
    return { end, lastRecord: this.#lastRecord }
  }

  async #chooseStart(): Promise<number> {
    const { log, found, checkpoint, checkCrc, wasCrash } = this.#parts
    const named =
      wasCrash && checkpoint.durableLogOffset === 0 ? undefined : await startAtCheckpoint(log, checkpoint, checkCrc)
    if (named !== undefined) return named
    if (wasCrash) return findStartFile(log, behindCheckpoint(checkpoint), checkCrc)
    let dispatched = -1
    await forEachAtOnce(queuesAtOnce, found, async ({ sequence }) => {
      dispatched = Math.max(dispatched, (await lastUnitOffset(sequence)) ?? -1)
    })
    return findStartFile(log, behindOffset(dispatched), checkCrc)
  }

  /** Somebody has removed the queues, which is how one has them made again. */
  #lacksAllUnits(start: number): boolean {
    const { log, found, foundBatches } = this.#parts
    return start > (log.first ?? 0) && [...found, ...foundBatches].every(({ sequence }) => sequence.isEmpty)
  }

  /** A queue that was longer when the store was closed, if there is one. Light queues are not made again when they are switched off. */
  #shortQueue(): string | undefined {
    const { census, queues, batches, isMultiDispatch } = this.#parts
    const short = census.find(
      ({ topic, queueId, maxOffset }) =>
        ((queues.find(topic, queueId) ?? batches.find(topic, queueId))?.maxOffset ?? 0) < maxOffset &&
        (isMultiDispatch || !topic.startsWith(liteQueuePrefix)),
    )
    return short && `queue ${short.queueId} of topic ${short.topic}`
  }

  /** Walks over the log from `from` and makes the units; answers the end of the log, which cannot be before `start`, nor before what is durable. */
  async #scan(from: number, start: number): Promise<number> {
    const { log, logger, clock, queueFlusher, checkCrc, distrustQueues } = this.#parts
    // Units that the checkpoint vouches for are about to be made again. When that is interrupted, the next start must not rely on them.
    if (from < start) await distrustQueues()
    await queueFlusher.write()
    await this.#queueRecovery.cut(from)
    await this.#batchRecovery.cut(from, this.#damaged)
    this.#lacking = undefined
    this.#records = 0
    let nextReportMs = clock.monotonicMs() + progressPeriodMs
    const last = log.last
    const { end, reason } = await scanLog(log, from, {
      checkCrc,
      mayLackSectors: this.#parts.wasCrash,
      onRecord: (bytes, at, record, physicalOffset) => this.#restore(bytes, at, record, physicalOffset, from),
      onProgress: async (position) => {
        if (queueFlusher.unwrittenBytes >= unwrittenUnitBytes) await this.#writeUnits()
        if (clock.monotonicMs() < nextReportMs) return
        nextReportMs = clock.monotonicMs() + progressPeriodMs
        logger.info({ position, of: last! + log.fileBytes, records: this.#records }, 'recovering')
      },
    })
    if (end < Math.max(start, this.#durableEnd())) throw this.#damagedAt(end, reason)
    logger.debug({ end, reason }, 'found the end of the commit log')
    return end
  }

  /** On a full disk units wait in memory, and the store opens all the same, so that it can be read; but not any number of them. */
  async #writeUnits(): Promise<void> {
    const { queueFlusher, queues, maxUnwrittenUnitBytes } = this.#parts
    if ((await queueFlusher.write()) || queueFlusher.unwrittenBytes <= maxUnwrittenUnitBytes) return
    throw new StoreError(
      'STORE_OPEN_FAILED',
      `the consume queues in ${queues.directory} cannot be made again, ${queueFlusher.unwrittenBytes} bytes of them wait in memory: ` +
        'make room on the disk, or mend it',
    )
  }

  /** Behind the start of the last record of which the checkpoint says that it is durable; its log files may be expired since. */
  #durableEnd(): number {
    const { log, checkpoint } = this.#parts
    const { durableLogOffset } = checkpoint
    return durableLogOffset > 0 && durableLogOffset >= (log.first ?? 0) ? durableLogOffset + 1 : 0
  }

  #damagedAt(end: number, reason: string): StoreError {
    const { log } = this.#parts
    const file = log.path(log.startOf(end))
    if (log.isEmpty) {
      return new StoreError(
        'STORE_CORRUPT',
        `the commit log in ${log.directory} is empty, and the checkpoint says that there were records up to ${this.#durableEnd() - 1}: ` +
          'mount or restore the folder, or remove the checkpoint to begin anew',
      )
    }
    const behind = log.last! + log.fileBytes - end
    const files = log.starts.filter((start) => start + log.fileBytes > end).length
    return new StoreError(
      'STORE_CORRUPT',
      `the commit log cannot be read at ${end} (${reason}), in ${file}, before records that were durable: what follows would be lost, ` +
        `up to ${behind} bytes in ${files} files; restore the file from a copy, or ${whatHelps(log.directory)}`,
    )
  }

  #restore(bytes: Buffer, at: number, record: RecordLayout, physicalOffset: number, from: number): void {
    const { delays, logger } = this.#parts
    const storeTimestamp = readStoreTimestamp(bytes, at)
    this.#lastRecord = { physicalOffset, storeTimestamp }
    this.#records++
    const flags = readSysFlag(bytes, at)
    const isInner = (flags & sysFlag.INNER_BATCH) !== 0
    if (!hasQueueUnit(flags & ~sysFlag.INNER_BATCH)) return
    const topic = readTopic(bytes, record)
    const queueId = readQueueId(bytes, at)
    const queueOffset = readQueueOffset(bytes, at)
    if (!isTopicFolder(topic) || queueId < 0 || !(queueOffset >= 0 && Number.isSafeInteger(queueOffset))) {
      logger.error({ topic, queueId, queueOffset, physicalOffset }, 'a record is for no queue that could be')
      return
    }
    const properties = readProperties(bytes, at, record)
    const { size } = record
    const unit = {
      physicalOffset,
      size,
      tagsCode: tagsCodeFor(topic, properties, storeTimestamp, delays),
      storeTimestamp,
    }
    if (isInner || this.#parts.batches.isBatchTopic(topic)) {
      const count = isInner ? Number(propertyOf(properties, propertyNames.INNER_NUM)) : 1
      const lacking = this.#batchRecovery.restore(topic, queueId, { ...unit, baseOffset: queueOffset, count }, from)
      this.#lacking ??= lacking
      return
    }
    this.#restoreUnit(topic, queueId, queueOffset, unit, from)
    if (!this.#parts.isMultiDispatch) return
    for (const target of targetsOf(topic, properties)) this.#restoreUnit(target.name, 0, target.queueOffset, unit, from)
  }

  #restoreUnit(topic: string, queueId: number, queueOffset: number, unit: RestoredUnit, from: number): void {
    const lacking = this.#queueRecovery.restore(topic, queueId, queueOffset, unit, from)
    this.#lacking ??= lacking
  }

  /** Removes what lies behind the end of the log, and makes durable what the scan relied on: a killed process leaves it unsynced. */
  async #endLogAt(end: number, from: number): Promise<void> {
    const { log, files, logger, wasCrash } = this.#parts
    if (log.isEmpty) return
    const lastBefore = log.last
    const removed = await log.removeFrom(end)
    const zeroed = wasCrash ? 0 : await zeroRest(log, end, lookBehindCleanEndBytes)
    const disk = {
      allocatedBytes: log.last === lastBefore ? this.#parts.logAllocatedBytes : undefined,
      blockBytes: this.#parts.logBlockBytes,
    }
    const isCut = wasCrash && !(await isHoleBehind(log, end, disk))
    if (isCut) await this.#parts.logCut.cut(log, end)
    if (removed > 0 || zeroed > 0 || isCut)
      logger.info({ end, removedFiles: removed, zeroedBytes: zeroed }, 'cut the commit log')
    for (const start of log.starts) if (start >= log.startOf(from)) await log.sync(start)
    await files.syncDirectory(log.directory)
  }
}
