import type { FileSystem } from '@cometmq/platform'
import { javaAbs, javaHashCode, propertyOf, readInt32, readInt64 } from '@cometmq/protocol/message'
import type { Findings } from './finding.ts'

/** `format`: a header of 40 bytes, slots of 4 bytes, entries of 20 bytes of which the first is not used. See spec of RocketMQ's IndexFile. */
const headerBytes = 40
const slotBytes = 4
const entryBytes = 20
/** RocketMQ makes four times as many entries as slots, so that both follow from the length of a file. */
const entriesPerSlot = 4
/** Entries read at once. */
const windowEntries = 3_276
/** More slots would take more than 80 MiB of memory while their file is looked at. */
const maxSlots = 20_000_000

interface IndexFile {
  readonly path: string
  readonly beginOffset: number
  readonly endOffset: number
  readonly entryCount: number
  readonly slots: number
  next: number
  window: { first: number; bytes: Buffer }
  problem: { text: string; count: number } | undefined
}

/** Holds the key index files against the log: their headers and chains by themselves, their entries in the order of the log. */
export class IndexAudit {
  readonly #files: FileSystem
  readonly #findings: Findings
  /** Where the log begins. */
  readonly #logFirst: number
  readonly #severity: 'damage' | 'note'
  readonly #indexes: IndexFile[] = []
  /** Of the first and the last message that any file says to have an entry of. */
  #beginOffset = Number.POSITIVE_INFINITY
  #endOffset = Number.NEGATIVE_INFINITY
  /** Messages between them that no entry names. */
  #unnamed = 0
  #firstUnnamed = 0
  entries = 0

  constructor(files: FileSystem, findings: Findings, severity: 'damage' | 'note', logFirst: number) {
    this.#logFirst = logFirst
    this.#files = files
    this.#findings = findings
    this.#severity = severity
  }

  get count(): number {
    return this.#indexes.length
  }

  async addAll(directory: string): Promise<void> {
    if ((await this.#files.stat(directory)) === undefined) return
    const names = (await this.#files.list(directory)).filter(
      ({ name, isDirectory }) => !isDirectory && /^\d+$/.test(name),
    )
    for (const { name } of names.sort((a, b) => Number(a.name) - Number(b.name)))
      await this.#add(`${directory}/${name}`)
  }

  /** The next record: entries that name it must have the hash of one of its keys, and between the first and the last message of the index there must be some. */
  check(position: number, topic: string, properties: string, isIndexed: boolean): Promise<void> | undefined {
    for (const index of this.#indexes) {
      if (index.next < index.entryCount && position >= index.beginOffset && position <= index.endOffset)
        return this.#checkAll(position, topic, properties, isIndexed)
    }
    if (isIndexed) this.#noteUnnamed(position, properties)
    return undefined
  }

  finish(logEnd: number): void {
    if (this.#unnamed > 0) {
      const text =
        `${this.#unnamed} messages with keys have no entry, the first at ${this.#firstUnnamed}: they are not found by key. A broker that crashed may have left them out, or ` +
        'had its index switched off; "cometmq store repair" has the index made again'
      this.#findings.add({ kind: 'index-gap', severity: 'note', path: this.#indexes[0]!.path, text })
    }
    for (const index of this.#indexes) {
      if (index.endOffset >= logEnd && logEnd > 0 && index.entryCount > 1)
        this.#problem(index, `it goes up to ${index.endOffset}, where the log has no record any more`)
      if (index.problem === undefined) continue
      const { text, count } = index.problem
      this.#find('index-entry', index.path, `${text}${count > 1 ? `; ${count} such entries` : ''}`)
    }
  }

  #noteUnnamed(position: number, properties: string): void {
    if (position < this.#beginOffset || position > this.#endOffset) return
    // Releases before 5 have no entries for tags.
    if (propertyOf(properties, 'UNIQ_KEY') === undefined && (propertyOf(properties, 'KEYS') ?? '').trim() === '') return
    if (this.#unnamed++ === 0) this.#firstUnnamed = position
  }

  async #checkAll(position: number, topic: string, properties: string, isIndexed: boolean): Promise<void> {
    let hashes: Set<number> | undefined
    for (const index of this.#indexes) {
      if (position < index.beginOffset || position > index.endOffset) continue
      while (index.next < index.entryCount) {
        const at = await this.#load(index)
        const named = readInt64(index.window.bytes, at + 4)
        if (named > position) break
        if (named < position) {
          // Entries of records that were cleaned away stay as long as their file.
          if (named >= index.beginOffset && named >= this.#logFirst && index.next > 1)
            this.#problem(index, `entry ${index.next} names ${named}, where no record begins`)
        } else {
          hashes ??= hashesOf(topic, properties)
          const hash = readInt32(index.window.bytes, at)
          if (!hashes.has(hash))
            this.#problem(index, `entry ${index.next} has the hash ${hash}, and the record at ${named} has no such key`)
        }
        index.next++
      }
    }
    if (isIndexed && hashes === undefined) this.#noteUnnamed(position, properties)
  }

  async #load(index: IndexFile): Promise<number> {
    const { window, next } = index
    const at = (next - window.first) * entryBytes
    if (at >= 0 && at + entryBytes <= window.bytes.length) return at
    const count = Math.min(windowEntries, index.entryCount - next)
    const position = headerBytes + index.slots * slotBytes + next * entryBytes
    index.window = { first: next, bytes: await this.#read(index.path, position, count * entryBytes) }
    return 0
  }

  async #add(path: string): Promise<void> {
    const length = (await this.#files.stat(path))?.size ?? 0
    const slots = Math.floor((length - headerBytes) / (slotBytes + entriesPerSlot * entryBytes))
    const expected = headerBytes + slots * (slotBytes + entriesPerSlot * entryBytes)
    if (slots <= 0 || expected !== length || slots > maxSlots) {
      return this.#findings.add({
        kind: 'index-header',
        severity: 'note',
        path,
        text: `its length of ${length} bytes is that of no index file with ${entriesPerSlot} entries to a slot; it was not looked into`,
      })
    }
    const header = await this.#read(path, 0, headerBytes)
    const beginOffset = readInt64(header, 16)
    const endOffset = readInt64(header, 24)
    const entryCount = Math.max(1, readInt32(header, 36))
    if (entryCount > slots * entriesPerSlot || beginOffset > endOffset || beginOffset < 0) {
      return this.#find(
        'index-header',
        path,
        `its header says entries up to ${entryCount} of ${slots * entriesPerSlot}, offsets ${beginOffset} to ${endOffset}`,
      )
    }
    this.entries += entryCount - 1
    const window = { first: 0, bytes: Buffer.alloc(0) }
    const index = { path, beginOffset, endOffset, entryCount, slots, next: 1, window, problem: undefined }
    this.#indexes.push(index)
    if (entryCount > 1) {
      this.#beginOffset = Math.min(this.#beginOffset, beginOffset)
      this.#endOffset = Math.max(this.#endOffset, endOffset)
    }
    await this.#checkChains(index)
  }

  /** Every entry names the one before it of its slot, and every slot its last entry. */
  async #checkChains(index: IndexFile): Promise<void> {
    const { path, slots, entryCount } = index
    const last = new Int32Array(slots)
    let flaw: string | undefined
    let flaws = 0
    for (index.next = 1; index.next < entryCount; index.next++) {
      const at = await this.#load(index)
      const { bytes } = index.window
      const hash = readInt32(bytes, at)
      const previous = readInt32(bytes, at + 16)
      const slot = hash % slots
      if (hash < 0 || previous !== last[slot]) {
        flaws++
        flaw ??= `entry ${index.next} is linked to ${previous}, and the one before it in its slot is ${last[slot < 0 ? 0 : slot]}`
      }
      if (hash >= 0) last[slot] = index.next
    }
    index.next = 1
    for (let from = 0; from < slots; from += windowEntries) {
      const count = Math.min(windowEntries, slots - from)
      const bytes = await this.#read(path, headerBytes + from * slotBytes, count * slotBytes)
      for (let slot = 0; slot < count; slot++) {
        const newest = readInt32(bytes, slot * slotBytes)
        if (newest === last[from + slot]) continue
        flaws++
        flaw ??= `slot ${from + slot} says that its newest entry is ${newest}, and it is ${last[from + slot]}`
      }
    }
    if (flaw !== undefined) this.#find('index-chain', path, `${flaw}${flaws > 1 ? `; ${flaws} such flaws` : ''}`)
  }

  #problem(index: IndexFile, text: string): void {
    if (index.problem === undefined) index.problem = { text, count: 1 }
    else index.problem.count++
  }

  #find(kind: 'index-header' | 'index-chain' | 'index-entry', path: string, text: string): void {
    this.#findings.add({ kind, severity: this.#severity, path, text })
  }

  async #read(path: string, position: number, length: number): Promise<Buffer> {
    const file = await this.#files.open(path, { readOnly: true })
    try {
      const bytes = Buffer.alloc(length)
      await file.read(bytes, position)
      return bytes
    } finally {
      await file.close()
    }
  }
}

/** The hashes under which RocketMQ puts a message into its index. */
function hashesOf(topic: string, properties: string): Set<number> {
  const hashes = new Set<number>()
  const add = (key: string) => hashes.add(javaAbs(javaHashCode(`${topic}#${key}`)))
  const uniqKey = propertyOf(properties, 'UNIQ_KEY')
  if (uniqKey !== undefined) add(uniqKey)
  for (const key of propertyOf(properties, 'KEYS')?.split(' ') ?? []) if (key !== '') add(key)
  const tags = propertyOf(properties, 'TAGS')
  if (tags !== undefined) add(`T#${tags}`)
  return hashes
}
