import type { Clock, FileSystem, Logger } from '@cometmq/platform'
import {
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
import { DeletedTopics } from '../deletion/deleted-topics.ts'
import { DelayLevels } from '../dispatch/delay-levels.ts'
import { targetsOf } from '../dispatch/multi-dispatch.ts'
import { hasQueueUnit, tagsCodeFor } from '../dispatch/queue-tags.ts'
import { isTopicFolder } from '../dispatch/topic-folder.ts'
import { isIndexed } from '../index-files/key-index.ts'
import { defaultDelayLevels } from '../options.ts'
import { OpenFiles } from '../segment/open-files.ts'
import { isHoleBehind } from '../segment/zero-rest.ts'
import { lockIfThere } from './check-lock.ts'
import { auditCheckpoint } from './checkpoint-audit.ts'
import { findQueueAudits } from './find-queue-audits.ts'
import { type Finding, Findings } from './finding.ts'
import { type FoundStore, findStore, lengthText, type StorePlace } from './found-store.ts'
import { IndexAudit } from './index-audit.ts'
import { LogWalk, type WalkedLog } from './log-walk.ts'
import { propertyCrcFlaw } from './property-crc.ts'
import { readOnlyFiles } from './read-only-files.ts'

/** Files kept open: what is checked is read once, in order. */
const maxOpenFiles = 256

export interface CheckOptions extends StorePlace {
  /** Also look at a store that a broker uses; what it writes meanwhile can look like damage. */
  force?: boolean
  messageDelayLevel?: string
  /** Topics that exist, and how far groups have consumed, from the files in `config`; not compared when absent. */
  topics?: ReadonlySet<string> | undefined
  consumed?: Iterable<ConsumedQueue>
}

/** The next message that a group gets from a queue. */
export interface ConsumedQueue {
  readonly group: string
  readonly topic: string
  readonly queueId: number
  readonly offset: number
}

export interface CheckWorld {
  files: FileSystem
  clock: Clock
  logger: Logger
}

export interface CheckProgress {
  /** Bytes of the log that were looked at, and of the whole log. */
  readonly bytes: number
  readonly ofBytes: number
  readonly records: number
}

export interface CheckReport {
  readonly store: string
  /** Without a broker's abort file. */
  readonly wasClosed: boolean
  readonly log: { files: number; fileBytes: number; firstOffset: number; end: number; records: number }
  readonly queues: { queues: number; units: number; fileBytes: number }
  readonly batchQueues: { queues: number; units: number }
  /** Those that queue units of the log's messages name. */
  readonly extendedUnits: number
  readonly index: { files: number; entries: number }
  readonly damages: number
  readonly notes: number
  /** The first ones; `omitted` more are counted only. */
  readonly findings: readonly Finding[]
  readonly omitted: number
}

/**
 * Holds everything in a store against the log, record by record, and changes nothing. Memory is bounded whatever the store's size: 4 MiB of log,
 * some 40 MiB of queues and some 300 bytes for each, 20 MiB while an index file is looked at, and 64 KiB for each of them. Rejects with a
 * `StoreError` when there is no store, or a broker uses it.
 *
 * @example
 * const { damages, findings } = await checkStore({ directory: '/var/lib/cometmq' }, { files, clock, logger })
 */
export async function checkStore(
  options: CheckOptions,
  { files, logger }: CheckWorld,
  onProgress: (progress: CheckProgress) => void = () => {},
): Promise<CheckReport> {
  const reading = readOnlyFiles(files)
  const handles = new OpenFiles(reading, logger, maxOpenFiles)
  try {
    const found = await findStore({ files: reading, handles, logger }, options)
    const findings = new Findings()
    const lock = await lockIfThere(files, `${found.root}/lock`, options.force === true, findings)
    try {
      return await new StoreCheck(found, findings, options, { files: reading, handles, logger }).run(onProgress)
    } finally {
      await lock?.release()
    }
  } finally {
    await handles.close()
  }
}

class StoreCheck {
  readonly #found: FoundStore
  readonly #findings: Findings
  readonly #options: CheckOptions
  readonly #parts: { files: FileSystem; handles: OpenFiles; logger: Logger }
  readonly #delays: DelayLevels

  constructor(
    found: FoundStore,
    findings: Findings,
    options: CheckOptions,
    parts: { files: FileSystem; handles: OpenFiles; logger: Logger },
  ) {
    this.#found = found
    this.#findings = findings
    this.#options = options
    this.#parts = parts
    this.#delays = new DelayLevels(options.messageDelayLevel ?? defaultDelayLevels)
  }

  async run(onProgress: (progress: CheckProgress) => void): Promise<CheckReport> {
    const { files, logger } = this.#parts
    const { root, log, logFileBytes, queueFileBytes } = this.#found
    const findings = this.#findings
    const wasClosed = (await files.stat(`${root}/abort`)) === undefined
    if (!wasClosed)
      this.#note('not-closed', `${root}/abort`, 'the store was not closed: it is recovered when it is opened next')
    this.#checkLogFiles()
    const { durableEnd, mendedFrom } = await auditCheckpoint(this.#found, files, wasClosed, findings)
    const common = { findings, mendedFrom, isClosed: wasClosed, topics: this.#options.topics }
    const { queues, batches, extended } = await findQueueAudits(this.#found, common, this.#parts)
    const index = new IndexAudit(files, findings, wasClosed ? 'damage' : 'note', log.sequence.first ?? 0)
    await index.addAll(`${root}/index`)
    const deleted = await DeletedTopics.load(files, `${root}/deletedTopics`, logger)
    const walked = await this.#walk(mendedFrom, onProgress, (bytes, at, record, position) => {
      const topic = readTopic(bytes, record)
      const properties = readProperties(bytes, at, record)
      const flags = readSysFlag(bytes, at)
      const indexed = index.check(position, topic, properties, isIndexed(flags))
      const isQueued = hasQueueUnit(flags & ~sysFlag.INNER_BATCH)
      const storeTimestamp = readStoreTimestamp(bytes, at)
      if (!isQueued || deleted.covers(topic, position, storeTimestamp)) return indexed
      if (!isTopicFolder(topic)) return indexed
      const tagsCode = tagsCodeFor(topic, properties, storeTimestamp, this.#delays)
      const unit = { physicalOffset: position, size: record.size, tagsCode, storeTimestamp }
      const isInner = (flags & sysFlag.INNER_BATCH) !== 0
      if (isInner || this.#found.isBatchTopic(topic)) {
        const count = isInner ? Number(propertyOf(properties, propertyNames.INNER_NUM)) : 1
        const expected = { ...unit, baseOffset: readQueueOffset(bytes, at), count }
        const batched = batches.check(topic, readQueueId(bytes, at), expected)
        return indexed === undefined ? batched : indexed.then(() => batched)
      }
      const place = { queueId: readQueueId(bytes, at), queueOffset: readQueueOffset(bytes, at) }
      let queued = queues.check({ topic, ...place, ...unit })
      for (const { name, queueOffset } of targetsOf(topic, properties)) {
        const lightUnit = { topic: name, queueId: 0, queueOffset, ...unit }
        queued = (queued ?? Promise.resolve()).then(() => queues.check(lightUnit))
      }
      return indexed === undefined ? queued : indexed.then(() => queued)
    })
    this.#judgeEnd(walked, wasClosed, durableEnd)
    await queues.finish(log.sequence.first ?? 0)
    await batches.finish()
    index.finish(walked.end)
    this.#checkConsumed((topic, queueId) => queues.end(topic, queueId) ?? batches.end(topic, queueId) ?? 0)
    const { damages, notes, list, omitted } = findings
    return {
      store: root,
      wasClosed,
      log: {
        files: log.sequence.starts.length,
        fileBytes: logFileBytes,
        firstOffset: log.sequence.first ?? 0,
        end: walked.end,
        records: walked.records,
      },
      queues: { queues: queues.queues, units: queues.units, fileBytes: queueFileBytes },
      batchQueues: { queues: batches.queues, units: batches.units },
      extendedUnits: extended.units,
      index: { files: index.count, entries: index.entries },
      damages,
      notes,
      findings: list,
      omitted,
    }
  }

  #checkLogFiles(): void {
    const { log, logFileBytes } = this.#found
    for (const misfit of log.misfits) this.#damage('log-file-length', misfit.path, lengthText(misfit, logFileBytes))
    const { sequence, gapAt, strangers } = log
    if (gapAt !== undefined)
      this.#damage(
        'log-file-missing',
        sequence.path(gapAt),
        'is missing, or the files around it do not belong together',
      )
    for (const name of strangers) this.#note('log-stranger', `${sequence.directory}/${name}`, 'is no file of the log')
  }

  async #walk(
    mendedFrom: number,
    onProgress: (progress: CheckProgress) => void,
    onRecord: (bytes: Buffer, at: number, record: RecordLayout, position: number) => Promise<void> | undefined,
  ): Promise<WalkedLog> {
    const { sequence, lastAllocatedBytes } = this.#found.log
    const { starts, fileBytes } = sequence
    const first = sequence.first ?? 0
    let records = 0
    const blockBytes = sequence.isEmpty ? undefined : (await this.#parts.files.usage(sequence.directory)).blockBytes
    const walk = new LogWalk(sequence, {
      onRecord: (bytes, at, record, position) => {
        records++
        const flaw = propertyCrcFlaw(bytes, at, record)
        if (flaw !== undefined)
          this.#damage(
            'log-property-crc',
            sequence.path(sequence.startOf(position)),
            `the record at ${position}: ${flaw}`,
          )
        return onRecord(bytes, at, record, position)
      },
      onDamage: (from, to, reason) => {
        const text = `no records from ${from} to ${to} (${to - from} bytes): ${reason}; good records follow`
        const path = sequence.path(sequence.startOf(from))
        // A crash can lose writes in any order: recovery ends the log at the first that is missing.
        if (from >= mendedFrom)
          this.#note(
            'log-damaged',
            path,
            `${text}; they were not durable, and opening the store ends the log at ${from}`,
          )
        else this.#damage('log-damaged', path, text)
      },
      onProgress: (position) => onProgress({ bytes: position - first, ofBytes: starts.length * fileBytes, records }),
      isEmptyBehind: (position) => isHoleBehind(sequence, position, { allocatedBytes: lastAllocatedBytes, blockBytes }),
    })
    return walk.run()
  }

  #judgeEnd({ end, endReason, garbageAt }: WalkedLog, wasClosed: boolean, durableEnd: number): void {
    const { sequence } = this.#found.log
    const path = sequence.path(sequence.startOf(end))
    if (end < durableEnd) {
      const text = `the log ends at ${end} (${endReason}), and the checkpoint says that the record at ${durableEnd - 1} was durable: what follows is lost`
      this.#damage('log-shortened', path, text)
    } else if (garbageAt !== undefined) {
      const why = wasClosed ? '' : ', left by a write that was cut short; opening the store removes them'
      this.#note(
        'log-garbage',
        path,
        `the log ends at ${end} (${endReason}), and bytes from ${garbageAt} on are not zero${why}`,
      )
    }
  }

  #checkConsumed(endOf: (topic: string, queueId: number) => number): void {
    const path = `${this.#found.root}/config/consumerOffset.json`
    for (const { group, topic, queueId, offset } of this.#options.consumed ?? []) {
      const end = endOf(topic, queueId)
      if (offset <= end) continue
      this.#damage(
        'offset-ahead',
        path,
        `group ${group} is at ${offset} of queue ${queueId} of topic ${topic}, which ends at ${end}`,
      )
    }
  }

  #damage(kind: Finding['kind'], path: string, text: string): void {
    this.#findings.add({ kind, severity: 'damage', path, text })
  }

  #note(kind: Finding['kind'], path: string, text: string): void {
    this.#findings.add({ kind, severity: 'note', path, text })
  }
}
