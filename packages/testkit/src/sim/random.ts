import { assert, type Random } from '@cometmq/platform'

/**
 * Randomness that repeats from its seed: xoshiro128** of Blackman and Vigna, its state filled from the seed by splitmix32.
 *
 * @example
 * const random = new SeededRandom(7)
 * const network = new SimulatedNetwork({ clock, random: random.fork() })
 */
export class SeededRandom implements Random {
  readonly seed: number
  #a: number
  #b: number
  #c: number
  #d: number

  constructor(seed: number) {
    assert(Number.isSafeInteger(seed), `a seed is an integer, not ${seed}`)
    this.seed = seed
    let state = (seed ^ Math.floor(seed / 2 ** 32)) | 0
    const next = () => {
      state = (state + 0x9e3779b9) | 0
      let mixed = Math.imul(state ^ (state >>> 16), 0x21f0aaad)
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97)
      return mixed ^ (mixed >>> 15)
    }
    this.#a = next()
    this.#b = next()
    this.#c = next()
    this.#d = next()
  }

  int(bound: number): number {
    assert(Number.isInteger(bound) && bound > 0 && bound <= 0x7fffffff, `a random integer needs a bound, not ${bound}`)
    // The few highest values are drawn again: with them the remainder would favour small results.
    const limit = 2 ** 32 - (2 ** 32 % bound)
    let value = this.#next()
    while (value >= limit) value = this.#next()
    return value % bound
  }

  float(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53
  }

  bytes(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length)
    for (let index = 0; index < length; index++) bytes[index] = this.#next() >>> 24
    return bytes
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.float() < probability
  }

  /** A generator of its own, so that what one part of a simulation draws does not move what another part gets. */
  fork(): SeededRandom {
    return new SeededRandom(this.#next())
  }

  #next(): number {
    const result = Math.imul(rotate(Math.imul(this.#b, 5), 7), 9) >>> 0
    const shifted = this.#b << 9
    this.#c ^= this.#a
    this.#d ^= this.#b
    this.#b ^= this.#c
    this.#a ^= this.#d
    this.#c ^= shifted
    this.#d = rotate(this.#d, 11)
    return result
  }
}

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits))
}
