/** The unit in which memory is taken. Pages that were never written, or hold only what a truncation cut, take none. */
export const pageSize = 16 * 1024

/** The bytes of one file, with holes: a length of 1 GiB costs nothing until it is written. */
export class PagedContent {
  readonly #pages = new Map<number, Buffer>()
  /** Pages that no clone shares. */
  readonly #own = new Set<number>()
  #size = 0

  get size(): number {
    return this.#size
  }

  /** Memory taken, in bytes. */
  get allocatedBytes(): number {
    return this.#pages.size * pageSize
  }

  /** How many of `length` bytes can be written at `position` when no more than `budgetBytes` of memory may be taken in addition. */
  lengthWithin(budgetBytes: number, length: number, position: number): number {
    let budget = budgetBytes
    for (let done = 0; done < length; ) {
      const [page, , count] = slice(position + done, length - done)
      if (!this.#pages.has(page) && (budget -= pageSize) < 0) return done
      done += count
    }
    return length
  }

  /** Fills `buffer` from `position`; gives the bytes read, fewer only at the end. */
  read(buffer: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(buffer.length, this.#size - position))
    for (let done = 0; done < length; ) {
      const [page, start, count] = slice(position + done, length - done)
      const content = this.#pages.get(page)
      if (content === undefined) buffer.fill(0, done, done + count)
      else buffer.set(content.subarray(start, start + count), done)
      done += count
    }
    return length
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const [page, start, count] = slice(position + done, bytes.length - done)
      this.#ownPage(page).set(bytes.subarray(done, done + count), start)
      done += count
    }
    if (bytes.length > 0) this.#size = Math.max(this.#size, position + bytes.length)
  }

  truncate(length: number): void {
    if (length < this.#size) {
      const boundary = Math.floor(length / pageSize)
      for (const page of [...this.#pages.keys()]) {
        if (page > boundary || length === 0) this.#drop(page)
        else if (page === boundary) this.#ownPage(page).fill(0, length % pageSize)
      }
    }
    this.#size = length
  }

  /** Shares the pages until one side writes to them. */
  clone(): PagedContent {
    const copy = new PagedContent()
    for (const [page, content] of this.#pages) copy.#pages.set(page, content)
    copy.#size = this.#size
    this.#own.clear()
    return copy
  }

  #drop(page: number): void {
    this.#pages.delete(page)
    this.#own.delete(page)
  }

  /** A page that may be written to. */
  #ownPage(page: number): Buffer {
    let content = this.#pages.get(page)
    if (content !== undefined && this.#own.has(page)) return content
    content = content === undefined ? Buffer.alloc(pageSize) : Buffer.from(content)
    this.#pages.set(page, content)
    this.#own.add(page)
    return content
  }
}

/** The page that holds `position`, where in it, and how many of `length` bytes lie in it. */
function slice(position: number, length: number): [page: number, start: number, count: number] {
  const page = Math.floor(position / pageSize)
  const start = position - page * pageSize
  return [page, start, Math.min(length, pageSize - start)]
}
