import { type ExtendedUnit, extendedAddress } from '../format/extended-unit.ts'
import { isFillerUnit, unitBytes, unitPhysicalOffset, unitRecordSize, unitTagsCode } from '../format/queue-unit.ts'
import type { CommitLog } from '../log/commit-log.ts'
import type { RecordPlace } from '../log/record-reader.ts'
import type { GetRequest } from '../message.ts'
import type { StoreSettings } from '../options.ts'

/** However much is asked for, no read answers more. */
const maxResultBytes = 128 * 1024 * 1024
/** A read for the broker itself answers no more, unless a single message is larger. */
const maxOwedBytes = 1024 * 1024

/** Where a message of a queue is said to be. */
export interface MessagePlace extends RecordPlace {
  readonly queueOffset: number
}

/** What one read takes of a queue, before any record is read. */
export interface Selection {
  places: MessagePlace[]
  bytes: number
  nextBeginOffset: number
  /** Units were passed by whose records are not kept any more. */
  hasMissing: boolean
}

export function emptySelection(offset: number): Selection {
  return { places: [], bytes: 0, nextBeginOffset: offset, hasMissing: false }
}

export interface SelectorParts {
  log: CommitLog
  settings: StoreSettings
  /** So much behind the end of the log counts as recent. */
  recentBytes: number
}

/** Chooses what one read answers: RocketMQ's limits in number and bytes, which are others for recent messages than for old ones, and the hash of the tag. */
export class Selector {
  readonly #parts: SelectorParts

  constructor(parts: SelectorParts) {
    this.#parts = parts
  }

  /** Units from the request's offset on, up to a limit of the read. A unit that is passed by counts as read. */
  select(
    units: Buffer,
    { offset, maxMessages, matchesTag, isOwed = false }: GetRequest,
    extended?: readonly (ExtendedUnit | undefined)[],
  ): Selection {
    const minPhysicalOffset = this.#parts.log.minPhysicalOffset
    const selection = emptySelection(offset)
    for (let at = 0; at < units.length; at += unitBytes) {
      const physicalOffset = unitPhysicalOffset(units, at)
      const size = unitRecordSize(units, at)
      if (physicalOffset < minPhysicalOffset || isFillerUnit(units, at)) selection.hasMissing = true
      else if (this.isFull(selection, physicalOffset, size, maxMessages, isOwed)) break
      else if (matchesTag === undefined || isWanted(matchesTag, units, at, extended?.[at / unitBytes])) {
        selection.places.push({ physicalOffset, size, queueOffset: selection.nextBeginOffset })
        selection.bytes += size
      }
      selection.nextBeginOffset++
    }
    return selection
  }

  isFull(
    { places, bytes }: Selection,
    physicalOffset: number,
    size: number,
    maxMessages: number,
    isOwed = false,
  ): boolean {
    const count = places.length
    if (count === 0) return false
    if (count >= maxMessages || bytes + size > maxResultBytes) return true
    if (isOwed) return bytes + size > maxOwedBytes
    const { settings } = this.#parts
    return this.isRecent(physicalOffset)
      ? count >= settings.maxTransferCountOnMessageInMemory || bytes + size > settings.maxTransferBytesOnMessageInMemory
      : count >= settings.maxTransferCountOnMessageInDisk || bytes + size > settings.maxTransferBytesOnMessageInDisk
  }

  /** Whether RocketMQ expects the record in the page cache, so that reading it costs nothing. */
  isRecent(physicalOffset: number): boolean {
    return this.#parts.log.positions.written - physicalOffset <= this.#parts.recentBytes
  }
}

/** A unit whose extended unit cannot be read counts as wanted, since readers compare the tag itself. */
function isWanted(
  matchesTag: NonNullable<GetRequest['matchesTag']>,
  units: Buffer,
  at: number,
  extended: ExtendedUnit | undefined,
): boolean {
  if (extended !== undefined) return matchesTag(extended.tagsCode, extended.bitmap)
  return matchesTag(unitTagsCode(units, at), undefined) || extendedAddress(units, at) !== undefined
}
