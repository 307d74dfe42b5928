import {
  checkRecord,
  minBlankBytes,
  readInt64,
  readProperties,
  readStoreTimestamp,
  readSysFlag,
  readTopic,
  readTotalSize,
} from '@cometmq/protocol/message'
import type { SegmentSequence } from '../segment/segment-sequence.ts'

/** What is read at once; more for a larger record. Its records are gone through in one turn of the event loop. */
const blockBytes = 256 * 1024
/** The prepared transaction offset stands before the length of the body. */
const preparedBeforeBody = 12

/** What followers of the log need to know of a record. */
export type OnRecord = (
  topic: string,
  properties: string,
  sysFlag: number,
  physicalOffset: number,
  storeTimestamp: number,
  preparedTransactionOffset: number,
) => void

/** Reads the log record by record for an index that is behind. */
export class LogWalker {
  readonly #log: SegmentSequence
  readonly #onUnreadable: (position: number, reason: string) => void

  constructor(log: SegmentSequence, onUnreadable: (position: number, reason: string) => void) {
    this.#log = log
    this.#onUnreadable = onUnreadable
  }

  /**
   * Goes through some records from `from`, which is where one begins, and not beyond `end`; answers where it has got to. What was removed meanwhile is
   * passed by, and so is the rest of a file that holds something else than records.
   */
  async walk(from: number, end: number, onRecord: OnRecord): Promise<number> {
    const log = this.#log
    const position = Math.max(from, log.first ?? end)
    if (position >= end) return end
    const fileEnd = log.startOf(position) + log.fileBytes
    const limit = Math.min(fileEnd, end)
    const bytes = await this.#read(position, Math.min(blockBytes, limit - position))
    if (bytes === undefined) return log.first ?? end
    const done = this.#scan(bytes, position, fileEnd, onRecord)
    if (done > position) return done
    const size = bytes.length < 4 ? 0 : readTotalSize(bytes, 0)
    if (size > bytes.length && size <= limit - position) {
      const record = await this.#read(position, size)
      if (record === undefined) return log.first ?? end
      const whole = this.#scan(record, position, fileEnd, onRecord)
      if (whole > position) return whole
    }
    this.#onUnreadable(position, reasonOf(bytes))
    return limit
  }

  /** Answers the position behind the last whole record, or of the next file. */
  #scan(bytes: Buffer, start: number, fileEnd: number, onRecord: OnRecord): number {
    let at = 0
    for (;;) {
      // The rest of a file that is too short for a filler.
      if (fileEnd - start - at < minBlankBytes) return fileEnd
      const check = checkRecord(bytes, at, bytes.length, { checkCrc: false })
      if (check.kind === 'blank') return fileEnd
      if (check.kind === 'bad') return start + at
      const topic = readTopic(bytes, check)
      const properties = readProperties(bytes, at, check)
      const prepared = readInt64(bytes, check.bodyAt - preparedBeforeBody)
      onRecord(topic, properties, readSysFlag(bytes, at), start + at, readStoreTimestamp(bytes, at), prepared)
      at += check.size
    }
  }

  /** `undefined` when the file was removed meanwhile. */
  async #read(position: number, size: number): Promise<Buffer | undefined> {
    const bytes = Buffer.allocUnsafe(size)
    const isGone = () => this.#log.first === undefined || position < this.#log.first
    try {
      const read = await this.#log.read(bytes, position)
      return isGone() ? undefined : bytes.subarray(0, read)
    } catch (error) {
      if (isGone()) return undefined
      throw error
    }
  }
}

function reasonOf(bytes: Buffer): string {
  const check = checkRecord(bytes, 0, bytes.length, { checkCrc: false })
  return check.kind === 'bad' ? check.reason : check.kind
}
