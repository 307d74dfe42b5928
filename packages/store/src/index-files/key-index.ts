import { type Clock, isOutOfSpace, type Logger, messageOf, sleep, type Timer } from '@cometmq/platform'
import { sysFlag } from '@cometmq/protocol/message'
import { StoreError } from '../error.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { CatchUp } from './catch-up.ts'
import { FillingFile } from './filling-file.ts'
import type { EntryBudget, FoundEntry } from './index-chain.ts'
import type { IndexFile, IndexFiles } from './index-files.ts'
import { searchFiles } from './index-search.ts'
import { KeyHasher } from './key-hasher.ts'
import { PendingEntries } from './pending-entries.ts'

/** When so much waits for its file, it is written at once. */
const writeAtBytes = 256 * 1024
/** When more waits, messages are left out; they are read from the log again once there is room. */
export const maxWaitingBytes = 16 * 1024 * 1024
/** How soon a full disk is tried again. */
const fullDiskRetryMs = 1_000

/** How far the index is durable. */
export interface IndexClaim {
  /** Records before it are indexed as far as they have keys. */
  indexedOffset: number
  /** What the header of the last file says: offset of the last message with a key, 0 when there is none. */
  endPhysicalOffset: number
  /** No file has a later message. */
  endTimestamp: number
}

export interface KeyIndexParts {
  clock: Clock
  logger: Logger
  files: IndexFiles
  /** False: files are searched, and nothing is added. */
  isWritten: boolean
  log: SegmentSequence
  /** Offset behind the last record that can be read. */
  dispatched: () => number
  /** Makes the log durable as far as it is written: the index never names what a power cut may still take. */
  flushLog: () => Promise<void>
  /** A file was filled and is durable: the time to write the checkpoint. */
  onFileFilled: () => void
}

/**
 * Finds messages by key. It is fed after senders were answered, and when it cannot keep up, or was not there, it goes on from the log: so nothing of
 * it has to be kept in memory, and nobody waits for it. A full disk is tried again; any other failure ends the index, and not the store.
 */
export class KeyIndex {
  readonly #parts: KeyIndexParts
  readonly #hasher = new KeyHasher()
  readonly #pending = new PendingEntries()
  readonly #stopping = new AbortController()
  #filling: FillingFile | undefined
  /** The file is being made, loaded or flushed: entries have to wait. */
  #isHeld = false
  #isAwake = false
  /** One piece of work on the files at a time. */
  #work: Promise<unknown> = Promise.resolve()
  readonly #catchUp: CatchUp
  /** The message at the end of the last file, when all of its keys are there. */
  readonly #doneUpTo: number
  #retry: Timer | undefined
  #failure: StoreError | undefined

  /**
   * `claim`: from the checkpoint, zeros when it says nothing. `mayLackKeys`: a crash came, perhaps between two keys of the last
   * message, of which the later go into the next file.
   */
  constructor(parts: KeyIndexParts, claim: IndexClaim, mayLackKeys: boolean) {
    this.#parts = parts
    const end = parts.files.last?.header.endPhysicalOffset ?? 0
    const claimed = end >= claim.endPhysicalOffset ? claim.indexedOffset : 0
    this.#doneUpTo = mayLackKeys || (parts.files.last?.header.nextEntry ?? 1) === 1 ? -1 : end
    const catchUpParts = {
      ...parts,
      onRecord: this.#onRecord,
      room: () => this.#room(),
      onFailure: (error: unknown) => this.#fail(error),
      stopping: this.#stopping.signal,
    }
    this.#catchUp = new CatchUp(catchUpParts, Math.min(Math.max(claimed, end), parts.dispatched()))
  }

  /** Why there is no index any more. */
  get failure(): StoreError | undefined {
    return this.#failure
  }

  /** There are entries that `flush` has not made durable. */
  get isChanged(): boolean {
    return this.#failure === undefined && (this.#filling?.isChanged === true || !this.#pending.isEmpty)
  }

  /** Bytes of log that are not indexed yet. */
  get behindBytes(): number {
    return this.#parts.isWritten ? this.#catchUp.behindBytes : 0
  }

  /** Store time of the last message with a key; 0 when there is none. */
  get endTimestamp(): number {
    return this.#parts.files.last?.header.endTimestamp ?? 0
  }

  /** Offset of the last message with a key; 0 when there is none. */
  get endPhysicalOffset(): number {
    return this.#parts.files.last?.header.endPhysicalOffset ?? 0
  }

  /** Indexes what the index lacks of the log, a long stretch after this has resolved. */
  async start(): Promise<void> {
    if (this.#parts.isWritten) await this.#catchUp.start()
  }

  /** A record has become readable; its keys have the hashes `[from, to)`. Those of rolled back transactions are not handed over. */
  add(hashes: Int32Array, from: number, to: number, physicalOffset: number, storeTimestamp: number): void {
    if (!this.#catchUp.isLive) return
    if (this.#waitingBytes() > maxWaitingBytes) return this.#catchUp.fallBehind(physicalOffset)
    this.#put(hashes, from, to, physicalOffset, storeTimestamp)
  }

  /**
   * Makes durable what was added, and answers how far that is; `undefined` when it did not work, which is for the next time. Rejects only when the log
   * cannot be made durable.
   */
  async flush(): Promise<IndexClaim | undefined> {
    if (!this.#parts.isWritten) return undefined
    let claim: IndexClaim | undefined
    let logFailure: unknown
    await this.#inTurn(async () => {
      await this.#bringIn()
      this.#isHeld = true
      const flushing = this.#claim()
      try {
        await this.#parts.flushLog()
      } catch (error) {
        logFailure = error
        return
      }
      if (this.#filling?.isChanged) await this.#filling.flush()
      claim = flushing
    })
    if (logFailure !== undefined) throw logFailure
    return claim
  }

  /** Removes files whose messages all lie before `minPhysicalOffset`, but for the last; answers how many. */
  async removeBefore(minPhysicalOffset: number): Promise<number> {
    const work = this.#work.then(() => this.#parts.files.removeBefore(minPhysicalOffset))
    this.#work = work.catch(() => undefined)
    return work
  }

  /** Entries with `keyHash` of messages stored in `[begin, end]`, to the second below `begin`, the newest first. The hash can be another key's. */
  async *find(keyHash: number, begin: number, end: number, budget: EntryBudget): AsyncGenerator<FoundEntry> {
    if (!this.#pending.isEmpty) await this.#work
    if (this.#failure !== undefined) throw this.#failure
    const fillingOf = (file: IndexFile) => (file.header === this.#filling?.header ? this.#filling : undefined)
    yield* searchFiles(this.#parts.files, fillingOf, keyHash, begin, end, budget)
  }

  /** Takes nothing more, and waits for what is under way. What was added is made durable by `flush`. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#retry?.cancel()
    this.#retry = undefined
    await this.#catchUp.settled()
    await this.#work
  }

  #put(hashes: Int32Array, from: number, to: number, physicalOffset: number, storeTimestamp: number): void {
    const filling = this.#filling
    if (filling !== undefined && !this.#isHeld && filling.room >= to - from && this.#pending.isEmpty) {
      for (let at = from; at < to; at++) filling.put(hashes[at]!, physicalOffset, storeTimestamp)
      if (filling.unwrittenBytes >= writeAtBytes) this.#wake()
      return
    }
    for (let at = from; at < to; at++) this.#pending.add(hashes[at]!, physicalOffset, storeTimestamp)
    this.#wake()
  }

  #waitingBytes(): number {
    return this.#pending.bytes + (this.#filling?.unwrittenBytes ?? 0)
  }

  #claim(): IndexClaim {
    const { files } = this.#parts
    const { reached } = this.#catchUp
    return {
      indexedOffset: this.#pending.isEmpty ? reached : Math.min(reached, this.#pending.firstPhysicalOffset),
      endPhysicalOffset: this.endPhysicalOffset,
      endTimestamp: Math.max(0, ...files.list.map(({ header }) => header.endTimestamp)),
    }
  }

  #wake(): void {
    if (this.#isAwake || this.#retry !== undefined) return
    this.#isAwake = true
    void this.#inTurn(async () => {
      this.#isAwake = false
      await this.#bringIn()
    })
  }

  /** Gets everything that waits into the file. */
  async #bringIn(): Promise<void> {
    while (!this.#pending.isEmpty || (this.#filling?.unwrittenBytes ?? 0) >= writeAtBytes) {
      const filling = await this.#fileWithRoom()
      while (!this.#pending.isEmpty && !filling.isFull) this.#pending.take(filling.put)
      await filling.write()
    }
  }

  async #fileWithRoom(): Promise<FillingFile> {
    if (this.#filling !== undefined && !this.#filling.isFull) return this.#filling
    const { files, clock, flushLog, onFileFilled } = this.#parts
    this.#isHeld = true
    if (this.#filling?.isChanged) {
      await flushLog()
      await this.#filling.flush()
    }
    const wasFilled = this.#filling !== undefined
    this.#filling = undefined
    const { last, shape } = files
    if (last !== undefined && last.header.nextEntry < shape.entries) {
      this.#filling = await FillingFile.resume(shape, files.access(last.path), last.header)
    } else {
      const made = await files.create(clock.now())
      this.#filling = await FillingFile.begin(shape, files.access(made.path), made.header)
    }
    this.#isHeld = false
    if (wasFilled) onFileFilled()
    return this.#filling
  }

  /** Does `work` when all before is done. What goes wrong is judged here and never rejects. */
  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#work.then(async () => {
      if (this.#failure !== undefined) return
      try {
        await work()
        this.#retry?.cancel()
        this.#retry = undefined
      } catch (error) {
        this.#onError(error)
      } finally {
        this.#isHeld = false
      }
      if (!this.#pending.isEmpty) this.#wake()
    })
    this.#work = done
    return done
  }

  #onError(error: unknown): void {
    const { clock, logger } = this.#parts
    if (!isOutOfSpace(error)) return this.#fail(error)
    if (this.#stopping.signal.aborted) return
    if (this.#retry === undefined) {
      logger.warn({ error: messageOf(error) }, 'the disk is full: the key index waits, and goes on when there is room')
    }
    this.#retry?.cancel()
    this.#retry = clock.after(fullDiskRetryMs, () => {
      void this.#inTurn(() => this.#bringIn())
    })
  }

  #fail(cause: unknown): void {
    const message = `the key index cannot be written: ${messageOf(cause)}; messages are stored all the same, and found by key again after a restart`
    this.#failure = new StoreError('STORE_INDEX_FAILED', message, { cause })
    this.#parts.logger.error({ error: messageOf(cause) }, 'the key index failed: messages are not found by key')
    this.#catchUp.end()
    this.#pending.clear()
    this.#filling = undefined
    this.#stopping.abort()
  }

  readonly #onRecord = (
    topic: string,
    properties: string,
    flags: number,
    physicalOffset: number,
    storeTimestamp: number,
  ): void => {
    if (this.#failure !== undefined || physicalOffset <= this.#doneUpTo || !isIndexed(flags)) return
    const count = this.#hasher.hash(topic, properties)
    if (count > 0) this.#put(this.#hasher.hashes, 0, count, physicalOffset, storeTimestamp)
  }

  /** Waits until little waits to be written. */
  async #room(): Promise<void> {
    while (this.#waitingBytes() > maxWaitingBytes / 2) {
      if (this.#retry === undefined) await this.#inTurn(() => this.#bringIn())
      else await sleep(this.#parts.clock, fullDiskRetryMs, this.#stopping.signal)
    }
  }
}

/** Messages of rolled back transactions are not found by key; undecided ones are. */
export function isIndexed(flags: number): boolean {
  return (flags & sysFlag.TRANSACTION_MASK) !== sysFlag.TRANSACTION_ROLLBACK
}
