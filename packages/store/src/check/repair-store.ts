import { type FileSystem, makeDurableDirectory, messageOf } from '@cometmq/platform'
import { liteQueuePrefix } from '@cometmq/protocol/message'
import { StoreError } from '../error.ts'
import { decodeCheckpoint } from '../format/checkpoint.ts'
import { fileNameOf } from '../format/file-name.ts'
import { MessageStore } from '../message-store.ts'
import { LogCut } from '../recovery/log-cut.ts'
import { OpenFiles } from '../segment/open-files.ts'
import { isHoleBehind } from '../segment/zero-rest.ts'
import type { CheckProgress, CheckWorld } from './check-store.ts'
import { type FoundStore, findStore, type StorePlace } from './found-store.ts'
import { firstNonZero, LogWalk, type WalkedLog } from './log-walk.ts'
import { readOnlyFiles } from './read-only-files.ts'

/** Everything that can be made again from the log. */
const derived = ['consumequeue', 'consumequeue_ext', 'batchconsumequeue', 'index', 'checkpoint'] as const
const copyBytes = 1024 * 1024
const maxOpenFiles = 64

export interface RepairOptions extends StorePlace {
  /** Give up the log from its first damage on. What goes is moved aside. */
  cutLogAtDamage?: boolean
  messageDelayLevel?: string | undefined
}

export interface RepairReport {
  readonly store: string
  /** The folder in the store that has what was replaced. */
  readonly aside: string
  /** What was done, one sentence each, in order. */
  readonly done: readonly string[]
  readonly log: { readonly end: number; readonly records: number }
  /** What was given up of the log. */
  readonly cut: LogLoss | undefined
  readonly queues: number
}

export interface LogLoss {
  /** The log ends here now. */
  readonly at: number
  readonly reason: string
  /** Good records behind, which can be read in the files that were moved aside. */
  readonly goodRecords: number
  readonly files: readonly string[]
}

interface Damage {
  at: number
  reason: string
}

/**
 * Makes everything that is derived from the log again: queues and checkpoint at once, key indexes while the next broker
 * runs. What was there is moved into
 * `repair-<time>` in the store. The log is not touched unless `cutLogAtDamage`, and then only from its first damage on. When it is interrupted,
 * run it again, or start the broker: without queues and checkpoint it makes them again as well.
 */
export async function repairStore(
  options: RepairOptions,
  world: CheckWorld,
  onProgress: (progress: CheckProgress) => void = () => {},
): Promise<RepairReport> {
  const { files, clock, logger } = world
  const handles = new OpenFiles(readOnlyFiles(files), logger, maxOpenFiles)
  try {
    const found = await findStore({ files, handles, logger }, options)
    const lock = await files.lock(`${found.root}/lock`)
    if (lock === undefined)
      throw new StoreError(
        'STORE_LOCKED',
        `a broker uses the store ${found.root}: stop it before the store is repaired`,
      )
    let repair: Repair
    try {
      const time = new Date(clock.now()).toISOString().replace(/\D/g, '').slice(0, 14)
      repair = new Repair(files, found, await freeName(files, `${found.root}/repair-${time}`))
      await repair.prepare(options.cutLogAtDamage === true, onProgress)
    } finally {
      await lock.release()
    }
    return await repair.rebuild(options, world)
  } finally {
    await handles.close()
  }
}

class Repair {
  readonly #files: FileSystem
  readonly #found: FoundStore
  readonly #aside: string
  readonly #done: string[] = []
  #cut: LogLoss | undefined
  #records = 0

  constructor(files: FileSystem, found: FoundStore, aside: string) {
    this.#files = files
    this.#found = found
    this.#aside = aside
  }

  /** Looks at the whole log first, and changes nothing when it cannot be repaired. */
  async prepare(mayCut: boolean, onProgress: (progress: CheckProgress) => void): Promise<void> {
    const { damage, walked, goodBehind } = await this.#walk(onProgress)
    this.#records = walked.records - goodBehind
    if (damage !== undefined && !mayCut) {
      const { sequence } = this.#found.log
      throw new StoreError(
        'STORE_CORRUPT',
        `the log is damaged at ${damage.at} (${damage.reason}), in ${sequence.path(sequence.startOf(damage.at))}, with ${goodBehind} good records behind; ` +
          'nothing was changed: restore the file from a copy, or give up what follows with --cut-log-at-damage',
      )
    }
    await makeDurableDirectory(this.#files, this.#aside)
    if (damage !== undefined) await this.#cutLog(damage, goodBehind)
    await this.#moveDerived()
  }

  /** Opens the store, which makes queues and checkpoint from the log, and closes it. */
  async rebuild(options: RepairOptions, { files, clock, logger }: CheckWorld): Promise<RepairReport> {
    const { root, log, logFileBytes, queueFileBytes, batchFileBytes, extendedFileBytes } = this.#found
    const { queueFolders, extendedFolders, isBatchTopic } = this.#found
    const hasLightQueues = queueFolders.some(({ topic }) => topic.startsWith(liteQueuePrefix))
    const store = await MessageStore.open(
      {
        storePathRootDir: root,
        storePathCommitLog: log.sequence.directory,
        mappedFileSizeCommitLog: logFileBytes,
        mappedFileSizeConsumeQueue: queueFileBytes,
        mapperFileSizeBatchConsumeQueue: batchFileBytes,
        enableConsumeQueueExt: extendedFolders.length > 0,
        mappedFileSizeConsumeQueueExt: extendedFileBytes,
        enableLmq: hasLightQueues,
        enableMultiDispatch: hasLightQueues,
        ...(options.messageDelayLevel !== undefined && { messageDelayLevel: options.messageDelayLevel }),
        // Stands only in records, and none is written.
        storeHost: { host: '127.0.0.1', port: 0 },
      },
      { files, clock, logger, pid: 0, isBatchTopic },
    )
    const queues = [...store.queues()]
    const end = store.state.appendedOffset
    await store.close()
    const units = queues.reduce((sum, { minOffset, maxOffset }) => sum + maxOffset - minOffset, 0)
    this.#done.push(
      `made ${queues.length} queues with ${units} messages, and the checkpoint, from the log, which ends at ${end}`,
    )
    const done = this.#done
    return {
      store: root,
      aside: this.#aside,
      done,
      log: { end, records: this.#records },
      cut: this.#cut,
      queues: queues.length,
    }
  }

  async #walk(onProgress: (progress: CheckProgress) => void) {
    const { sequence, lastAllocatedBytes, misfits } = this.#found.log
    const first = sequence.first ?? 0
    const blockBytes = sequence.isEmpty ? undefined : (await this.#files.usage(sequence.directory)).blockBytes
    let damage: Damage | undefined
    let records = 0
    let goodBefore = 0
    const walk = new LogWalk(sequence, {
      onRecord: () => {
        records++
        if (damage === undefined) goodBefore++
        return undefined
      },
      onDamage: (at, _, reason) => {
        damage ??= { at, reason }
      },
      onProgress: (position) =>
        onProgress({ bytes: position - first, ofBytes: sequence.starts.length * sequence.fileBytes, records }),
      isEmptyBehind: (position) => isHoleBehind(sequence, position, { allocatedBytes: lastAllocatedBytes, blockBytes }),
    })
    const walked = await walk.run()
    // A last file of another length can hold the end of the log; it must have its full length again.
    if (damage === undefined && misfits.length > 0)
      damage = { at: walked.end, reason: `a file has ${misfits[0]!.bytes} bytes` }
    const named = await this.#lastNamed()
    if (damage === undefined && named >= walked.end && named >= first && named > 0) {
      damage = { at: walked.end, reason: `${walked.endReason}, and the checkpoint names a record at ${named}` }
    }
    return { damage: damage as Damage | undefined, walked: walked as WalkedLog, goodBehind: records - goodBefore }
  }

  /** The last record that the checkpoint knows of; 0 when it says nothing. */
  async #lastNamed(): Promise<number> {
    const path = `${this.#found.root}/checkpoint`
    if ((await this.#files.stat(path)) === undefined) return 0
    const checkpoint = decodeCheckpoint(await this.#files.readFile(path))
    return checkpoint === undefined ? 0 : Math.max(checkpoint.durableLogOffset, checkpoint.logicsPhysicalOffset)
  }

  /** Moves the files behind the damage aside, and a copy of the one that has it; then the log ends there. */
  async #cutLog({ at, reason }: Damage, goodRecords: number): Promise<void> {
    const files = this.#files
    const { root, log } = this.#found
    const { sequence } = log
    const folder = `${this.#aside}/commitlog`
    await makeDurableDirectory(files, folder)
    const keptStart = sequence.startOf(at)
    const moved: string[] = []
    for (const start of sequence.starts.toReversed()) {
      if (start < keptStart || (start === keptStart && start < at)) continue
      await files.rename(sequence.path(start), `${folder}/${fileNameOf(start)}`)
      moved.push(fileNameOf(start))
    }
    if (at > keptStart && (await files.stat(sequence.path(keptStart))) !== undefined) {
      await this.#copy(sequence.path(keptStart), `${folder}/${fileNameOf(keptStart)}`)
      moved.push(fileNameOf(keptStart))
      await new LogCut(files, root, `${root}/log-cut`).cut(sequence, at)
    }
    await files.syncDirectory(folder)
    await files.syncDirectory(sequence.directory)
    this.#cut = { at, reason, goodRecords, files: moved.toReversed() }
    this.#done.push(
      `ended the log at ${at} (${reason}): ${goodRecords} good records behind it are given up; ${moved.length} files are in ${folder}`,
    )
  }

  async #moveDerived(): Promise<void> {
    const { root } = this.#found
    for (const name of derived) {
      if ((await this.#files.stat(`${root}/${name}`)) === undefined) continue
      await this.#files.rename(`${root}/${name}`, `${this.#aside}/${name}`)
      this.#done.push(`moved ${name} to ${this.#aside}/${name}`)
    }
    await this.#files.syncDirectory(this.#aside)
    // The next to open the store must look at the whole log, and remove what is left behind its end.
    const abort = await this.#files.open(`${root}/abort`, { create: true })
    await abort.close()
    await this.#files.syncDirectory(root)
  }

  async #copy(from: string, to: string): Promise<void> {
    const source = await this.#files.open(from, { readOnly: true })
    try {
      const target = await this.#files.open(to, { create: true })
      try {
        const bytes = Buffer.allocUnsafe(copyBytes)
        for (let position = 0; ; ) {
          const read = await source.read(bytes, position)
          if (read === 0) {
            await target.truncate(position)
            break
          }
          // Holes stay holes.
          if (firstNonZero(bytes.subarray(0, read)) >= 0) await target.write(bytes.subarray(0, read), position)
          position += read
        }
        await target.sync()
      } finally {
        await target.close()
      }
    } catch (error) {
      throw new StoreError(
        'STORE_WRITE_FAILED',
        `copying ${from} to ${to} failed: ${messageOf(error)}; the log was not changed`,
        {
          cause: error,
        },
      )
    } finally {
      await source.close()
    }
  }
}

/** Another repair may have been made in the same second. */
async function freeName(files: FileSystem, name: string): Promise<string> {
  for (let count = 1; ; count++) {
    const path = count === 1 ? name : `${name}-${count}`
    if ((await files.stat(path)) === undefined) return path
  }
}
