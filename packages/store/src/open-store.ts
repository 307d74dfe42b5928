import {
  type Clock,
  type FileLock,
  type FileSystem,
  type Logger,
  makeDurableDirectory,
  messageOf,
  replaceFile,
} from '@cometmq/platform'
import * as v from 'valibot'
import { DeletedTopics } from './deletion/deleted-topics.ts'
import { DelayLevels } from './dispatch/delay-levels.ts'
import { StoreError } from './error.ts'
import { FailureLatch } from './failure-latch.ts'
import { type Checkpoint, emptyCheckpoint, encodeCheckpoint } from './format/checkpoint.ts'
import { IndexFiles } from './index-files/index-files.ts'
import { type StoreOptions, type StoreSettings, storeOptions } from './options.ts'
import { BatchQueues } from './queue/batch-queues.ts'
import { QueueFlusher } from './queue/queue-flusher.ts'
import { QueueTable } from './queue/queue-table.ts'
import { readCheckpoint, withdrawIndexClaim } from './recovery/checkpointer.ts'
import { findExtended } from './recovery/find-extended.ts'
import { LogCut } from './recovery/log-cut.ts'
import { findQueues, openLogSequence } from './recovery/open-sequences.ts'
import { type CensusPlace, readCensus } from './recovery/queue-census.ts'
import { type Recovered, Recovery } from './recovery/recovery.ts'
import { removeDeletedBatches, removeDeletedQueues } from './recovery/remove-deleted.ts'
import { DiskSpace } from './retention/disk-space.ts'
import { OpenFiles } from './segment/open-files.ts'
import { OpeningReads } from './segment/opening-reads.ts'
import type { SegmentSequence } from './segment/segment-sequence.ts'
import { UnsyncedDirectories } from './segment/unsynced-directories.ts'
import { StoreDirectory } from './store-directory.ts'

/** What the store gets from outside. */
export interface StoreWorld {
  files: FileSystem
  clock: Clock
  logger: Logger
  /** Stands in the abort file, so that a second broker can say who has the store. */
  pid: number
  /** Memory of the machine, of which a part of the log counts as recent. Default: 8 GiB. */
  memoryBytes?: number
  /** Milliseconds for which the event loop was busy, counted from any moment. Absent: reads of old messages never give way to others. */
  loopBusyMs?: () => number
  /** Threads that read and write files, which reads of old messages share with the log. Default: 4, as Node has them. */
  fileThreads?: number
  /** Whether the queues of a topic are of type BatchCQ. Absent: none are. */
  isBatchTopic?: (topic: string) => boolean
}

/** A store that is found, locked and recovered, before anything serves. */
export interface OpenedStore {
  settings: StoreSettings
  directory: StoreDirectory
  lock: FileLock
  handles: OpenFiles
  log: SegmentSequence
  queues: QueueTable
  batches: BatchQueues
  queueFlusher: QueueFlusher
  checkpoint: Checkpoint
  delays: DelayLevels
  deleted: DeletedTopics
  failures: FailureLatch
  disk: DiskSpace
  recovered: Recovered
  indexFiles: IndexFiles
  wasCrash: boolean
  /** Files of the key index were removed: their entries are missing. */
  wasIndexCut: boolean
}

/** Takes the directory, finds what is in it and recovers it. Nothing is changed before all files are known to fit the options. */
export async function openStore(options: StoreOptions, world: StoreWorld): Promise<OpenedStore> {
  const settings = parseOptions(options)
  const directory = new StoreDirectory(world.files, settings)
  const delays = new DelayLevels(settings.messageDelayLevel)
  const lock = await directory.acquire().catch((error) => {
    throw openFailed(directory, error)
  })
  const handles = new OpenFiles(world.files, world.logger, settings.maxOpenFiles)
  try {
    handles.opening = new OpeningReads(world.files, world.clock)
    return {
      settings,
      directory,
      delays,
      lock,
      handles,
      ...(await recover(settings, directory, delays, handles, world)),
    }
  } catch (error) {
    await handles.close()
    await lock.release()
    throw openFailed(directory, error)
  }
}

async function recover(
  settings: StoreSettings,
  directory: StoreDirectory,
  delays: DelayLevels,
  handles: OpenFiles,
  { files, clock, logger, pid, isBatchTopic = () => false }: StoreWorld,
) {
  const parts = { files, handles, logger }
  const wasCrash = await directory.wasAborted()
  const logCut = new LogCut(files, directory.root, directory.cutNote)
  await logCut.finish()
  const logFiles = await openLogSequence(parts, directory.commitLog, settings.mappedFileSizeCommitLog)
  const log = logFiles.sequence
  const plainQueues = await findQueues(parts, directory.consumeQueues, settings.mappedFileSizeConsumeQueue)
  const extended = { fileBytes: settings.mappedFileSizeConsumeQueueExt, isEnabled: settings.enableConsumeQueueExt }
  const foundQueues = await findExtended(parts, directory.extendedQueues, extended, plainQueues)
  const batchBytes = settings.mapperFileSizeBatchConsumeQueue
  const batchProperty = 'mapperFileSizeBatchConsumeQueue'
  const foundBatches = await findQueues(parts, directory.batchQueues, batchBytes, batchProperty)
  const deleted = await DeletedTopics.load(files, directory.deletedTopics, logger)
  const checkpoint = await readCheckpoint(files, directory.checkpoint, logger)
  const census = wasCrash ? [] : await readCensus(files, censusPlace(directory), logger)
  await directory.markRunning(pid)
  await makeDurableDirectory(files, directory.commitLog)
  await makeDurableDirectory(files, directory.consumeQueues)
  const found = await removeDeletedQueues(files, foundQueues, deleted)
  const failures = new FailureLatch(logger)
  const disk = new DiskSpace({
    files,
    clock,
    logger,
    commitLog: directory.commitLog,
    consumeQueues: directory.consumeQueues,
    warningPercent: settings.diskSpaceWarningLevelRatio,
  })
  await disk.look()
  const queues = new QueueTable({
    files,
    handles,
    directory: directory.consumeQueues,
    fileBytes: settings.mappedFileSizeConsumeQueue,
    windowBytes: settings.queueWindowBytes,
    extended: { directory: directory.extendedQueues, ...extended },
  })
  const directories = new UnsyncedDirectories(files)
  const batches = new BatchQueues({
    files,
    handles,
    directory: directory.batchQueues,
    fileBytes: batchBytes,
    directories,
    isBatchTopic,
  })
  const queueFlusher = new QueueFlusher({
    files,
    clock,
    queues,
    batches,
    directories,
    windowsBytes: settings.queueWindowsBytes,
    maxUnwrittenBytes: settings.maxUnwrittenUnitBytes,
    maxOpenFiles: settings.maxOpenFiles,
    onFailure: failures.report,
    onFull: (error) => disk.failed(error),
  })
  const { checkCRCOnRecover: checkCrc } = settings
  const recovery = new Recovery({
    files,
    clock,
    logger,
    log,
    logAllocatedBytes: logFiles.lastAllocatedBytes,
    logCut,
    found,
    foundBatches: await removeDeletedBatches(files, foundBatches, deleted),
    queues,
    batches,
    queueFlusher,
    checkpoint,
    delays,
    deleted,
    census,
    isMultiDispatch: settings.enableLmq && settings.enableMultiDispatch,
    checkCrc,
    wasCrash,
    logBlockBytes: (await files.usage(directory.commitLog)).blockBytes,
    queueBlockBytes: (await files.usage(directory.consumeQueues)).blockBytes,
    distrustQueues: () => {
      const { durableLogOffset, indexMsgTimestamp, indexedOffset, indexEndOffset } = checkpoint
      const kept = { durableLogOffset, indexMsgTimestamp, indexedOffset, indexEndOffset }
      return replaceFile(files, directory.checkpoint, encodeCheckpoint({ ...emptyCheckpoint(), ...kept }))
    },
    maxUnwrittenUnitBytes: settings.maxUnwrittenUnitBytes,
  })
  const recovered = await recovery.run()
  if (failures.failure !== undefined) throw failures.failure
  handles.opening = undefined
  await deleted.fitTo(log.first ?? 0, recovered.end)
  const { maxHashSlotNum: slots, maxIndexNum: entries } = settings
  const indexFiles = new IndexFiles(files, handles, directory.index, { slots, entries })
  const durableTimestamp = wasCrash ? checkpoint.indexMsgTimestamp : undefined
  const wasIndexCut = await indexFiles.load({ logEnd: recovered.end, durableTimestamp }, logger, async () => {
    checkpoint.indexedOffset = checkpoint.indexEndOffset = 0
    await withdrawIndexClaim(files, directory.checkpoint)
  })
  return {
    log,
    queues,
    batches,
    queueFlusher,
    checkpoint,
    deleted,
    failures,
    disk,
    recovered,
    indexFiles,
    wasCrash,
    wasIndexCut,
  }
}

export function censusPlace({ queueCensus, checkpoint }: StoreDirectory): CensusPlace {
  return { path: queueCensus, checkpoint }
}

function parseOptions(options: StoreOptions): StoreSettings {
  const parsed = v.safeParse(storeOptions, options)
  if (parsed.success) return parsed.output
  const flaws = parsed.issues.map((issue) => `${v.getDotPath(issue) ?? 'options'}: ${issue.message}`)
  throw new StoreError('STORE_OPEN_FAILED', `the options of the store are wrong: ${flaws.join('; ')}`)
}

function openFailed(directory: StoreDirectory, error: unknown): unknown {
  if (error instanceof StoreError) return error
  return new StoreError('STORE_OPEN_FAILED', `the store ${directory.root} cannot be opened: ${messageOf(error)}`, {
    cause: error,
  })
}
