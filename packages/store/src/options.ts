import * as v from 'valibot'

/** What is known of an option besides its type: RocketMQ's property name, the unit, and what it does. */
export interface OptionAbout {
  /** The name in `broker.conf`: RocketMQ's, or ours where RocketMQ has none; absent for what is not set there. */
  property?: string
  unit?: string
  help: string
}

const int = (min: number, max = 2_147_483_647) => v.pipe(v.number(), v.integer(), v.minValue(min), v.maxValue(max))
/** RocketMQ takes these as a number and moves it into the range; its system properties of the same names are fractions. */
const percent = (min: number, max: number) =>
  v.pipe(
    v.number(),
    v.minValue(0),
    v.transform((ratio) => Math.min(Math.max(ratio <= 1 ? ratio * 100 : ratio, min), max)),
  )
const option = <const S extends v.GenericSchema>(schema: S, about: OptionAbout) =>
  v.pipe(schema, v.metadata({ ...about }))

const kib = 1024
const mib = 1024 * kib
const unitBytes = 20
const batchUnitBytes = 46

/** The lengths of files unless an option says otherwise. */
export const defaultFileBytes = {
  log: 1024 * mib,
  queue: 6_000_000,
  batch: 300_000 * batchUnitBytes,
  extended: 48 * mib,
} as const

/** 1s 5s … 2h: the delay of each level, the first being level 1. */
export const defaultDelayLevels = '1s 5s 10s 30s 1m 2m 3m 4m 5m 6m 7m 8m 9m 10m 20m 30m 1h 2h'

/** The store's options, under RocketMQ's names where RocketMQ has them. */
export const storeOptions = v.object({
  storePathRootDir: option(v.pipe(v.string(), v.nonEmpty()), {
    property: 'storePathRootDir',
    help: 'the folder of the store',
  }),
  storePathCommitLog: option(v.optional(v.pipe(v.string(), v.nonEmpty())), {
    property: 'storePathCommitLog',
    help: 'the folder of the commit log, commitlog in the store unless set; one folder only',
  }),
  mappedFileSizeCommitLog: option(v.optional(int(128), defaultFileBytes.log), {
    property: 'mappedFileSizeCommitLog',
    unit: 'bytes',
    help: 'length of a commit log file; must be what the store was made with',
  }),
  mappedFileSizeConsumeQueue: option(
    v.optional(
      v.pipe(
        int(unitBytes),
        v.transform((bytes) => Math.ceil(bytes / unitBytes) * unitBytes),
      ),
      defaultFileBytes.queue,
    ),
    {
      property: 'mappedFileSizeConsumeQueue',
      unit: 'bytes',
      help: 'length of a consume queue file, rounded up to a multiple of 20; must be what the store was made with',
    },
  ),
  flushDiskType: option(v.optional(v.picklist(['ASYNC_FLUSH', 'SYNC_FLUSH']), 'ASYNC_FLUSH'), {
    property: 'flushDiskType',
    help: 'SYNC_FLUSH acknowledges what survives a power cut, ASYNC_FLUSH what survives the end of the process',
  }),
  flushIntervalCommitLog: option(v.optional(int(1), 500), {
    property: 'flushIntervalCommitLog',
    unit: 'ms',
    help: 'ASYNC_FLUSH: how long what was written may wait for a sync',
  }),
  flushCommitLogLeastPages: option(v.optional(int(0), 0), {
    property: 'flushCommitLogLeastPages',
    unit: 'pages of 4 KiB',
    help: 'ASYNC_FLUSH: sync only when so much was written; RocketMQ has 4, here every interval syncs what there is',
  }),
  flushCommitLogThoroughInterval: option(v.optional(int(1), 10_000), {
    property: 'flushCommitLogThoroughInterval',
    unit: 'ms',
    help: 'ASYNC_FLUSH: sync after so long however little was written',
  }),
  flushIntervalConsumeQueue: option(v.optional(int(1), 1_000), {
    property: 'flushIntervalConsumeQueue',
    unit: 'ms',
    help: 'how often consume queue files are synced of which enough was written',
  }),
  flushConsumeQueueLeastPages: option(v.optional(int(0), 2), {
    property: 'flushConsumeQueueLeastPages',
    unit: 'pages of 4 KiB',
    help: 'how much of a consume queue file must have been written for a sync before the thorough one',
  }),
  flushConsumeQueueThoroughInterval: option(v.optional(int(1), 60_000), {
    property: 'flushConsumeQueueThoroughInterval',
    unit: 'ms',
    help: 'how often all consume queues are synced and the checkpoint is written, behind which recovery need not look',
  }),
  checkpointAfterBytes: option(v.optional(int(mib), 256 * mib), {
    unit: 'bytes of commit log',
    help: 'the checkpoint is also written when so much was stored since it was; after a crash about so much is read again',
  }),
  syncFlushTimeout: option(v.optional(int(1), 5_000), {
    property: 'syncFlushTimeout',
    unit: 'ms',
    help: 'SYNC_FLUSH: after so long a message is acknowledged as stored and not yet flushed',
  }),
  fileReservedTime: option(v.optional(int(0), 72), {
    property: 'fileReservedTime',
    unit: 'hours',
    help: 'how long a file of the log is kept after the last message was written to it',
  }),
  deleteWhen: option(v.optional(v.pipe(v.string(), v.regex(/^(\d|[01]\d|2[0-3])(;(\d|[01]\d|2[0-3]))*;?$/)), '04'), {
    property: 'deleteWhen',
    unit: 'hours of the day',
    help: 'when files go that were kept long enough, local time, several separated by semicolons; when the disk fills, they go at any hour',
  }),
  diskMaxUsedSpaceRatio: option(v.optional(percent(10, 95), 75), {
    property: 'diskMaxUsedSpaceRatio',
    unit: 'percent of the disk',
    help: 'when more is used, files that were kept long enough go at any hour; 10 to 95',
  }),
  diskSpaceCleanForciblyRatio: option(v.optional(percent(30, 85), 85), {
    property: 'diskSpaceCleanForciblyRatio',
    unit: 'percent of the disk, or a fraction up to 1',
    help: 'when more is used, the oldest files go however young they are; 30 to 85',
  }),
  diskSpaceWarningLevelRatio: option(v.optional(percent(35, 90), 90), {
    property: 'diskSpaceWarningLevelRatio',
    unit: 'percent of the disk, or a fraction up to 1',
    help: 'when more is used, messages are refused until there is room again; 35 to 90',
  }),
  cleanFileForciblyEnable: option(v.optional(v.boolean(), true), {
    property: 'cleanFileForciblyEnable',
    help: 'remove files that are not old enough when the disk is nearly full',
  }),
  cleanResourceInterval: option(v.optional(int(1), 10_000), {
    property: 'cleanResourceInterval',
    unit: 'ms',
    help: 'how often disk and files are looked at',
  }),
  deleteFileBatchMax: option(v.optional(int(1), 10), {
    property: 'deleteFileBatchMax',
    unit: 'files',
    help: 'how many files of the log go at once',
  }),
  deleteCommitLogFilesInterval: option(v.optional(int(0), 100), {
    property: 'deleteCommitLogFilesInterval',
    unit: 'ms',
    help: 'the pause between two files that are removed',
  }),
  redeleteHangedFileInterval: option(v.optional(int(1), 120_000), {
    property: 'redeleteHangedFileInterval',
    unit: 'ms',
    help: 'after how long a file is tried again that could not be removed',
  }),
  replicasPerDiskPartition: option(v.optional(int(1), 1), {
    property: 'replicasPerDiskPartition',
    unit: 'brokers',
    help: 'how many brokers share the disk; with more than one, each cleans by its share of it',
  }),
  maxMessageSize: option(v.optional(int(1, 512 * mib), 4 * mib), {
    property: 'maxMessageSize',
    unit: 'bytes',
    help: 'the largest body of a message',
  }),
  checkCRCOnRecover: option(v.optional(v.boolean(), true), {
    property: 'checkCRCOnRecover',
    help: 'check the bodies of the records that recovery looks at',
  }),
  maxTransferBytesOnMessageInMemory: option(v.optional(int(1), 256 * kib), {
    property: 'maxTransferBytesOnMessageInMemory',
    unit: 'bytes',
    help: 'the most that one read answers of recent messages',
  }),
  maxTransferCountOnMessageInMemory: option(v.optional(int(1), 32), {
    property: 'maxTransferCountOnMessageInMemory',
    unit: 'messages',
    help: 'the most that one read answers of recent messages',
  }),
  maxTransferBytesOnMessageInDisk: option(v.optional(int(1), 64 * kib), {
    property: 'maxTransferBytesOnMessageInDisk',
    unit: 'bytes',
    help: 'the most that one read answers of old messages',
  }),
  maxTransferCountOnMessageInDisk: option(v.optional(int(1), 8), {
    property: 'maxTransferCountOnMessageInDisk',
    unit: 'messages',
    help: 'the most that one read answers of old messages',
  }),
  maxFilterMessageSize: option(v.optional(int(unitBytes), 16_000), {
    property: 'maxFilterMessageSize',
    unit: 'bytes of consume queue',
    help: 'how far one read looks for messages that match',
  }),
  enableConsumeQueueExt: option(v.optional(v.boolean(), false), {
    property: 'enableConsumeQueueExt',
    help: 'keep tags code, store time and filter bits of each message in extended consume queue files; those of an earlier time are read in any case',
  }),
  mappedFileSizeConsumeQueueExt: option(v.optional(int(64), defaultFileBytes.extended), {
    property: 'mappedFileSizeConsumeQueueExt',
    unit: 'bytes',
    help: 'length of an extended consume queue file; must be what the store was made with',
  }),
  mapperFileSizeBatchConsumeQueue: option(
    v.optional(
      v.pipe(
        int(batchUnitBytes),
        v.transform((bytes) => Math.ceil(bytes / batchUnitBytes) * batchUnitBytes),
      ),
      defaultFileBytes.batch,
    ),
    {
      property: 'mapperFileSizeBatchConsumeQueue',
      unit: 'bytes',
      help: 'length of a batch consume queue file, rounded up to a multiple of 46; must be what the store was made with',
    },
  ),
  enableLmq: option(v.optional(v.boolean(), false), {
    property: 'enableLmq',
    help: 'light queues (%LMQ%…): topics without a configuration, which messages are dispatched to when enableMultiDispatch is set too',
  }),
  enableMultiDispatch: option(v.optional(v.boolean(), false), {
    property: 'enableMultiDispatch',
    help: 'a message stands in the light queues too that its property INNER_MULTI_DISPATCH names',
  }),
  enableLmqQuota: option(v.optional(v.boolean(), false), {
    property: 'enableLmqQuota',
    help: 'refuse messages that would make more light queues than maxLmqConsumeQueueNum',
  }),
  maxLmqConsumeQueueNum: option(v.optional(int(0), 20_000), {
    property: 'maxLmqConsumeQueueNum',
    unit: 'queues',
    help: 'with enableLmqQuota: the most light queues',
  }),
  accessMessageInMemoryMaxRatio: option(v.optional(int(0, 100), 40), {
    property: 'accessMessageInMemoryMaxRatio',
    unit: 'percent of the memory of the machine',
    help: 'how much of the end of the log counts as recent',
  }),
  messageIndexEnable: option(v.optional(v.boolean(), true), {
    property: 'messageIndexEnable',
    help: 'write down the keys of messages, so that they can be queried by key',
  }),
  maxHashSlotNum: option(v.optional(int(1, 50_000_000), 5_000_000), {
    property: 'maxHashSlotNum',
    unit: 'slots',
    help: 'slots of a key index file, 4 bytes of memory each once messages with keys come; files of another length are made again',
  }),
  maxIndexNum: option(v.optional(int(2, 100_000_000), 20_000_000), {
    property: 'maxIndexNum',
    unit: 'keys',
    help: 'how many keys a key index file holds; files of another length are made again',
  }),
  maxMsgsNumBatch: option(v.optional(int(1), 64), {
    property: 'maxMsgsNumBatch',
    unit: 'messages',
    help: 'the most that one query by key answers',
  }),
  messageIndexSafe: option(v.optional(v.boolean(), false), {
    property: 'messageIndexSafe',
    help: 'RocketMQ: recover the key index as well; here that is always done, whatever this says',
  }),
  indexFileWriteEnable: option(v.optional(v.boolean(), true), {
    property: 'indexFileWriteEnable',
    help: 'like messageIndexEnable: false writes no key index files',
  }),
  indexFileReadEnable: option(v.optional(v.boolean(), true), {
    property: 'indexFileReadEnable',
    help: 'answer queries by key from the key index files; false finds nothing',
  }),
  messageDelayLevel: option(v.optional(v.string(), defaultDelayLevels), {
    property: 'messageDelayLevel',
    help: 'the delays of the levels of delayed messages',
  }),
  storeHost: option(v.object({ host: v.pipe(v.string(), v.nonEmpty()), port: int(0, 65_535) }), {
    help: "the broker's address as it stands in records and message ids (brokerIP1 and listenPort)",
  }),
  tailBytes: option(v.optional(int(64 * kib), 32 * mib), {
    unit: 'bytes',
    help: 'how much of the end of the log is kept in memory for readers that keep up',
  }),
  chunkBytes: option(v.optional(int(256), mib), {
    unit: 'bytes',
    help: 'how much memory is taken at once for new records, and the most that one write takes',
  }),
  maxInlineWriteBytes: option(v.optional(int(0), 256 * kib), {
    unit: 'bytes',
    help: 'a larger batch is written off the event loop',
  }),
  osPageCacheBusyTimeOutMills: option(v.optional(int(1), 1_000), {
    property: 'osPageCacheBusyTimeOutMills',
    unit: 'ms',
    help: 'when a write to the log has been under way for so long, further messages are refused as busy',
  }),
  maxUnwrittenBytes: option(v.optional(int(kib), 64 * mib), {
    property: 'maxUnwrittenBytes',
    unit: 'bytes',
    help: 'when so much waits to be written, further messages are refused as busy',
  }),
  maxWaitingPuts: option(v.optional(int(1), 100_000), {
    property: 'maxWaitingPuts',
    unit: 'messages',
    help: 'when so many wait to be acknowledged, further messages are refused as busy',
  }),
  queueWindowBytes: option(v.optional(int(kib), 80_000), {
    unit: 'bytes',
    help: 'how much of the end of one consume queue is kept in memory at most',
  }),
  queueWindowsBytes: option(v.optional(int(kib), 32 * mib), {
    unit: 'bytes',
    help: 'how much of all consume queues is kept in memory; those idle longest go first',
  }),
  maxUnwrittenUnitBytes: option(v.optional(int(kib), 32 * mib), {
    property: 'maxUnwrittenUnitBytes',
    unit: 'bytes',
    help: 'when so much of the consume queues waits to be written, further messages are refused as busy',
  }),
  coldReadShare: option(v.optional(int(1, 100), 5), {
    property: 'coldReadShare',
    unit: 'percent of the time of the event loop',
    help: 'what reads of old messages get at least while sends and reads of recent messages keep it busy',
  }),
  maxColdReads: option(v.optional(int(0, 64), 0), {
    property: 'maxColdReads',
    unit: 'reads',
    help: 'how many reads of old messages use the disk at once; others wait, each queue in turn; 0: two thirds of the threads for files, 8 at most',
  }),
  maxWaitingColdReads: option(v.optional(int(1), 10_000), {
    property: 'maxWaitingColdReads',
    unit: 'reads',
    help: 'when so many reads of old messages wait, further ones are refused as busy',
  }),
  maxOpenFiles: option(v.optional(int(1), 256), {
    unit: 'files',
    help: 'how many files are kept open for reading and for consume queues',
  }),
})

export type StoreOptions = v.InferInput<typeof storeOptions>
/** With every default filled in. */
export type StoreSettings = v.InferOutput<typeof storeOptions>
