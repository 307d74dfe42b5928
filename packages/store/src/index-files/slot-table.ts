import { indexSlotBytes, slotPosition } from '../format/index-file.ts'

/** Slots come into memory, and are written, in pages of 16 KiB. */
const pageSlots = 4096
/** The most that one read or write of slots takes. */
const maxRunPages = 64

/** Reads and writes of one file, at a position in it. */
export interface IndexFileAccess {
  read(into: Buffer, position: number): Promise<number>
  write(bytes: Buffer, position: number): Promise<void>
  sync(): Promise<void>
}

/**
 * The slots of the file that is being filled: 4 bytes of memory for each, in pages that are made when something comes into them. With
 * RocketMQ's 5 000 000 slots no more than 20 MB.
 */
export class SlotTable {
  readonly #slots: number
  readonly #pages: (Int32Array | undefined)[]
  readonly #dirty: Uint8Array

  constructor(slots: number) {
    this.#slots = slots
    const pages = Math.ceil(slots / pageSlots)
    this.#pages = new Array<Int32Array | undefined>(pages).fill(undefined)
    this.#dirty = new Uint8Array(pages)
  }

  get(slot: number): number {
    const page = this.#pages[Math.floor(slot / pageSlots)]
    return page === undefined ? 0 : page[slot % pageSlots]!
  }

  set(slot: number, entry: number): void {
    const index = Math.floor(slot / pageSlots)
    let page = this.#pages[index]
    if (page === undefined) this.#pages[index] = page = new Int32Array(this.#length(index))
    page[slot % pageSlots] = entry
    this.#dirty[index] = 1
  }

  /** Takes all slots from the file. `correct` answers what should stand in a slot instead of what does. */
  async load(file: IndexFileAccess, correct: (entry: number) => number | Promise<number>): Promise<void> {
    for (let first = 0; first < this.#pages.length; first += maxRunPages) {
      const from = first * pageSlots
      const bytes = Buffer.alloc((Math.min(this.#slots, from + maxRunPages * pageSlots) - from) * indexSlotBytes)
      await file.read(bytes, slotPosition(from))
      const slots = new Int32Array(bytes.swap32().buffer, bytes.byteOffset, bytes.length / indexSlotBytes)
      await this.#take(first, slots, correct)
    }
  }

  /** Writes the pages that have changed since they were last marked clean. */
  async write(file: IndexFileAccess): Promise<void> {
    for (let first = 0; first < this.#pages.length; ) {
      if (this.#dirty[first] === 0) {
        first++
        continue
      }
      let behind = first + 1
      while (behind < this.#pages.length && behind - first < maxRunPages && this.#dirty[behind] === 1) behind++
      await file.write(this.#run(first, behind), slotPosition(first * pageSlots))
      first = behind
    }
  }

  get isDirty(): boolean {
    return this.#dirty.includes(1)
  }

  /** What changed is in the file. */
  markClean(): void {
    this.#dirty.fill(0)
  }

  async #take(
    firstPage: number,
    slots: Int32Array,
    correct: (entry: number) => number | Promise<number>,
  ): Promise<void> {
    for (let from = 0; from < slots.length; from += pageSlots) {
      const index = firstPage + from / pageSlots
      const page = slots.slice(from, from + pageSlots)
      let isUsed = false
      for (let at = 0; at < page.length; at++) {
        const entry = page[at]!
        if (entry === 0) continue
        isUsed = true
        const right = correct(entry)
        const settled = typeof right === 'number' ? right : await right
        if (settled === entry) continue
        page[at] = settled
        this.#dirty[index] = 1
      }
      if (isUsed) this.#pages[index] = page
    }
  }

  #run(first: number, behind: number): Buffer {
    const from = first * pageSlots
    const to = Math.min(this.#slots, behind * pageSlots)
    const bytes = Buffer.allocUnsafeSlow((to - from) * indexSlotBytes)
    const slots = new Int32Array(bytes.buffer)
    for (let index = first; index < behind; index++) slots.set(this.#pages[index]!, (index - first) * pageSlots)
    return bytes.swap32()
  }

  #length(page: number): number {
    return Math.min(pageSlots, this.#slots - page * pageSlots)
  }
}
