import { type Clock, type FileSystem, type Logger, messageOf } from '@cometmq/platform'
import type { StoreError } from '../error.ts'
import type { StoreSettings } from '../options.ts'
import type { SegmentSequence } from '../segment/segment-sequence.ts'
import { Appender } from './appender.ts'
import { LogFiles } from './log-files.ts'
import { LogFlusher } from './log-flusher.ts'
import { LogPositions } from './log-positions.ts'
import { LogWriter } from './log-writer.ts'
import { RecordReader } from './record-reader.ts'
import { Tail } from './tail.ts'

export interface CommitLogParts {
  files: FileSystem
  clock: Clock
  logger: Logger
  settings: StoreSettings
  sequence: SegmentSequence
  /** Where the next record goes; everything before is durable. */
  end: number
  onWritten: () => void
  onFailure: (failure: StoreError) => void
  /** There is no room for what was appended: it has to be taken back in the same turn. */
  onFull: (error: unknown) => void
}

/** The commit log: all that belongs to it, put together. */
export class CommitLog {
  readonly positions: LogPositions
  readonly appender: Appender
  readonly writer: LogWriter
  readonly flusher: LogFlusher
  readonly reader: RecordReader
  readonly tail: Tail
  readonly sequence: SegmentSequence
  readonly #files: LogFiles

  constructor({ files, clock, logger, settings, sequence, end, onWritten, onFailure, onFull }: CommitLogParts) {
    this.sequence = sequence
    this.positions = new LogPositions(end)
    this.tail = new Tail(settings.tailBytes, settings.chunkBytes)
    this.#files = new LogFiles(files, sequence)
    const { positions, tail } = this
    this.flusher = new LogFlusher({
      clock,
      positions,
      files: this.#files,
      intervalMs: settings.flushIntervalCommitLog,
      leastPages: settings.flushCommitLogLeastPages,
      thoroughIntervalMs: settings.flushCommitLogThoroughInterval,
      onFailure,
    })
    this.writer = new LogWriter({
      clock,
      positions,
      tail,
      files: this.#files,
      fileBytes: sequence.fileBytes,
      maxInlineBytes: settings.maxInlineWriteBytes,
      onWritten: () => {
        this.flusher.onWritten()
        onWritten()
      },
      onFailure,
      onFull,
      onPrepareFailure: (error) =>
        logger.warn({ error: messageOf(error) }, 'the next commit log file could not be made ahead'),
    })
    this.appender = new Appender(
      positions,
      tail,
      { fileBytes: sequence.fileBytes, chunkBytes: settings.chunkBytes },
      (chunk) => this.writer.add(chunk),
    )
    this.reader = new RecordReader(sequence, positions, tail)
  }

  /** Offset of the first byte that is still kept. */
  get minPhysicalOffset(): number {
    return this.sequence.first ?? 0
  }

  /** Opens the file that the next record goes to, so that the first message need not wait for it. */
  async warm(): Promise<void> {
    await this.#files.open(this.positions.appended)
  }

  /** Gives up what was appended and is not written. Nobody has seen it. */
  takeBack(): void {
    this.writer.takeBack()
    this.appender.reset()
    this.positions.takeBackAppended()
    this.tail.cut(this.positions.written)
  }

  /** Closes the files. After a clean end, those made ahead are removed. */
  async close({ isClean }: { isClean: boolean }): Promise<void> {
    this.flusher.close()
    await this.#files.close(isClean ? this.positions.appended : undefined)
  }
}
