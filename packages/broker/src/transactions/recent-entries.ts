/**
 * Remembers entries until `least` newer ones have come, and forgets them before twice as many have: by halves, since to delete the oldest of a Map costs more the
 * more were deleted before it.
 */
export class RecentEntries<K, V> {
  readonly #least: number
  #newer = new Map<K, V>()
  #older = new Map<K, V>()

  constructor(least: number) {
    this.#least = least
  }

  get size(): number {
    return this.#newer.size + this.#older.size
  }

  get(key: K): V | undefined {
    return this.#newer.get(key) ?? this.#older.get(key)
  }

  set(key: K, value: V): void {
    this.#older.delete(key)
    this.#newer.set(key, value)
    if (this.#newer.size < this.#least) return
    this.#older = this.#newer
    this.#newer = new Map()
  }

  delete(key: K): void {
    this.#newer.delete(key)
    this.#older.delete(key)
  }
}
