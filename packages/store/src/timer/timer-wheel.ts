import type { FileSystem } from '@cometmq/platform'
import {
  readTimerSlot,
  type TimerSlot,
  timerSlotBytes,
  timerSlotCount,
  timerSlotLast,
  timerSlotSecond,
  timerWheelBytes,
  timerWheelSlots,
  writeTimerSlot,
} from '../format/timer-slot.ts'

const pageBytes = 4096
const slotsPerPage = pageBytes / timerSlotBytes
const pages = timerWheelBytes / pageBytes
const readBytes = 64 * pageBytes
const emptyPage = Buffer.alloc(pageBytes)
/** What `next` has found holds for so many seconds behind the one that it was asked for. */
const knownSeconds = 3_600

/** A copy of pages that follow each other. */
interface PageRun {
  readonly position: number
  readonly parts: Buffer[]
}

/**
 * Seconds for which messages wait. In memory are only the pages in which there are some: two days, the farthest that a message waits at once, are 5.5 MB of the
 * 38.7 MB of the file.
 */
export class TimerWheel {
  readonly #files: FileSystem
  readonly #directory: string
  readonly #path: string
  readonly #pages = new Map<number, Buffer>()
  readonly #dirty = new Set<number>()
  #isMade = false
  /** Between this second and `#knownNext` nothing waits; `NaN` when that is not known. It is asked for at every turn, and seldom changes. */
  #knownFrom = Number.NaN
  /** `Infinity` when nothing waits from `#knownFrom` on. */
  #knownNext = 0

  /** `directory`: the root of the store, which is there. */
  constructor(files: FileSystem, directory: string) {
    this.#files = files
    this.#directory = directory
    this.#path = `${directory}/timerwheel`
  }

  get path(): string {
    return this.#path
  }

  /** Takes from the file the seconds from `readSecond` on for which messages wait. Answers the length of the file when it is not that of a wheel. */
  async load(readSecond: number): Promise<number | undefined> {
    const size = (await this.#files.stat(this.#path))?.size ?? 0
    // A crash between making and sizing it leaves an empty one.
    if (size === 0) return undefined
    if (size !== timerWheelBytes) return size
    this.#isMade = true
    this.#knownFrom = Number.NaN
    const file = await this.#files.open(this.#path)
    try {
      const bytes = Buffer.allocUnsafe(readBytes)
      for (let position = 0; position < timerWheelBytes; position += readBytes) {
        const read = await file.read(bytes, position)
        for (let at = 0; at < read; at += pageBytes) {
          if (isWanted(bytes.subarray(at, at + pageBytes), readSecond))
            this.#pages.set((position + at) / pageBytes, Buffer.from(bytes.subarray(at, at + pageBytes)))
        }
      }
    } finally {
      await file.close()
    }
    return undefined
  }

  /** `undefined` when nothing ever waited for that second. */
  get(second: number): TimerSlot | undefined {
    const slot = this.#at(second)
    return slot?.second === second && slot.last >= 0 ? slot : undefined
  }

  /** Whether the place of the second is taken by one of another lap, at or after `readSecond`. */
  isTaken(second: number, readSecond: number): boolean {
    const slot = this.#at(second)
    return slot !== undefined && slot.second !== second && slot.second >= readSecond && slot.last >= 0
  }

  put(slot: TimerSlot): void {
    const index = slot.second % timerWheelSlots
    const page = Math.floor(index / slotsPerPage)
    let bytes = this.#pages.get(page)
    if (bytes === undefined) {
      bytes = Buffer.alloc(pageBytes)
      this.#pages.set(page, bytes)
    }
    const at = (index % slotsPerPage) * timerSlotBytes
    this.#noteChange(slot, timerSlotSecond(bytes, at))
    writeTimerSlot(bytes, at, slot)
    this.#dirty.add(page)
  }

  /** The first second from `second` on for which messages wait. */
  next(second: number): number | undefined {
    const isKnown = second >= this.#knownFrom && second <= this.#knownNext && second - this.#knownFrom < knownSeconds
    if (!isKnown) {
      this.#knownNext = this.#find(second) ?? Number.POSITIVE_INFINITY
      this.#knownFrom = second
    }
    return this.#knownNext === Number.POSITIVE_INFINITY ? undefined : this.#knownNext
  }

  /** `next`, by looking at the pages. */
  #find(second: number): number | undefined {
    if (this.#pages.size === 0) return undefined
    for (let base = second - (second % slotsPerPage), page = 0; page <= pages; page++, base += slotsPerPage) {
      const bytes = this.#pages.get(Math.floor((base % timerWheelSlots) / slotsPerPage))
      if (bytes === undefined) continue
      for (let at = 0; at < pageBytes; at += timerSlotBytes) {
        const found = timerSlotSecond(bytes, at)
        if (found >= second && found >= base && found < base + slotsPerPage && timerSlotLast(bytes, at) >= 0)
          return found
      }
    }
    return undefined
  }

  /** How many messages wait for the second `from` and later ones. */
  total(from: number): number {
    let total = 0
    for (const bytes of this.#pages.values())
      for (let at = 0; at < pageBytes; at += timerSlotBytes)
        if (timerSlotSecond(bytes, at) >= from && timerSlotLast(bytes, at) >= 0) total += timerSlotCount(bytes, at)
    return total
  }

  *slots(): IterableIterator<TimerSlot> {
    for (const bytes of this.#pages.values()) {
      for (let at = 0; at < pageBytes; at += timerSlotBytes) {
        const slot = readTimerSlot(bytes, at)
        if (slot.second > 0 && slot.last >= 0) yield slot
      }
    }
  }

  /** Forgets everything. */
  clear(): void {
    this.#pages.clear()
    this.#dirty.clear()
    this.#knownFrom = Number.NaN
  }

  /** What has changed since it was last taken, to be written; pages for which nothing waits from `readSecond` on leave the memory. */
  takeChanges(readSecond: number): PageRun[] {
    const runs: PageRun[] = []
    let last = -2
    for (const page of [...this.#dirty].sort((a, b) => a - b)) {
      const copy = Buffer.from(this.#pages.get(page)!)
      if (page === last + 1) runs.at(-1)!.parts.push(copy)
      else runs.push({ position: page * pageBytes, parts: [copy] })
      last = page
    }
    this.#dirty.clear()
    for (const [page, bytes] of this.#pages) if (!isWanted(bytes, readSecond)) this.#pages.delete(page)
    // With a page its seconds have gone, all of them before this one.
    if (this.#knownNext < readSecond) this.#knownFrom = Number.NaN
    return runs
  }

  /** The changes could not be written: the next ones are the same pages as they are then. */
  giveBack(runs: readonly PageRun[]): void {
    for (const { position, parts } of runs) {
      for (const [index, bytes] of parts.entries()) {
        const page = position / pageBytes + index
        if (!this.#pages.has(page)) this.#pages.set(page, bytes)
        this.#dirty.add(page)
      }
    }
    this.#knownFrom = Number.NaN
  }

  /** Writes changes and makes them durable. */
  async write(runs: readonly PageRun[]): Promise<void> {
    if (runs.length === 0 && this.#isMade) return
    const file = await this.#files.open(this.#path, { create: true })
    try {
      if (!this.#isMade) await file.truncate(timerWheelBytes)
      for (const { position, parts } of runs) await file.write(Buffer.concat(parts), position)
      await file.sync()
    } finally {
      await file.close()
    }
    if (!this.#isMade) await this.#files.syncDirectory(this.#directory)
    this.#isMade = true
  }

  /** `slot` takes the place of `before`, which may be a second of another lap. */
  #noteChange({ second, last }: TimerSlot, before: number): void {
    const isLost = before === this.#knownNext && (before !== second || last < 0)
    if (isLost) this.#knownFrom = Number.NaN
    else if (last >= 0 && second >= this.#knownFrom && second < this.#knownNext) this.#knownNext = second
  }

  #at(second: number): TimerSlot | undefined {
    const index = second % timerWheelSlots
    const bytes = this.#pages.get(Math.floor(index / slotsPerPage))
    return bytes === undefined ? undefined : readTimerSlot(bytes, (index % slotsPerPage) * timerSlotBytes)
  }
}

function isWanted(bytes: Buffer, readSecond: number): boolean {
  if (bytes.equals(emptyPage)) return false
  for (let at = 0; at < pageBytes; at += timerSlotBytes) {
    if (timerSlotSecond(bytes, at) >= readSecond && timerSlotLast(bytes, at) >= 0) return true
  }
  return false
}
