/** Bytes that one waiting entry takes. */
const entryBytes = 20
const firstCapacity = 1024

/** Entries that wait for a file to come into: while one is made, loaded or flushed. In typed arrays, as they are many and live shortly. */
export class PendingEntries {
  #keyHashes = new Int32Array(0)
  #physicalOffsets = new Float64Array(0)
  #storeTimestamps = new Float64Array(0)
  #head = 0
  #end = 0

  get isEmpty(): boolean {
    return this.#head === this.#end
  }

  get bytes(): number {
    return (this.#end - this.#head) * entryBytes
  }

  /** Where the message of the first entry is. Not when empty. */
  get firstPhysicalOffset(): number {
    return this.#physicalOffsets[this.#head]!
  }

  add(keyHash: number, physicalOffset: number, storeTimestamp: number): void {
    if (this.#end === this.#keyHashes.length) this.#makeRoom()
    this.#keyHashes[this.#end] = keyHash
    this.#physicalOffsets[this.#end] = physicalOffset
    this.#storeTimestamps[this.#end] = storeTimestamp
    this.#end++
  }

  /** Hands the first entry to `put`. Not when empty. */
  take(put: (keyHash: number, physicalOffset: number, storeTimestamp: number) => void): void {
    const at = this.#head++
    put(this.#keyHashes[at]!, this.#physicalOffsets[at]!, this.#storeTimestamps[at]!)
    if (this.#head === this.#end) this.clear()
  }

  /** Forgets all, and gives up memory that was taken for many. */
  clear(): void {
    this.#head = this.#end = 0
    if (this.#keyHashes.length > firstCapacity) this.#resize(0)
  }

  #makeRoom(): void {
    if (this.#head > this.#end / 2) this.#resize(this.#keyHashes.length)
    else this.#resize(Math.max(firstCapacity, this.#keyHashes.length * 2))
  }

  #resize(capacity: number): void {
    const keyHashes = new Int32Array(capacity)
    const physicalOffsets = new Float64Array(capacity)
    const storeTimestamps = new Float64Array(capacity)
    keyHashes.set(this.#keyHashes.subarray(this.#head, this.#end))
    physicalOffsets.set(this.#physicalOffsets.subarray(this.#head, this.#end))
    storeTimestamps.set(this.#storeTimestamps.subarray(this.#head, this.#end))
    this.#keyHashes = keyHashes
    this.#physicalOffsets = physicalOffsets
    this.#storeTimestamps = storeTimestamps
    this.#end -= this.#head
    this.#head = 0
  }
}
