/** Which bits of a message's bitmap stand for a subscription. */
export interface BloomFilterData {
  bitNum: number
  bitPos: number[]
}

const mask64 = (1n << 64n) - 1n
const c1 = 0x87c37b91114253d5n
const c2 = 0x4cf5ad432745937fn

/**
 * The filter in which RocketMQ notes which SQL92 subscriptions a message matches: sized for so many subscriptions and so many percent of false hits.
 * The bits of a subscription come from the low half of MurmurHash3 (128 bits, seed 0) of `group#topic`.
 */
export class BloomFilter {
  readonly #hashes: number
  readonly bits: number

  constructor(errorPercent: number, subscriptions: number) {
    const error = errorPercent / 100
    this.#hashes = Math.ceil(Math.log(error) / Math.log(0.5))
    const bits = Math.ceil(subscriptions * Math.log2(1 / error) * Math.LOG2E)
    this.bits = Math.ceil(bits / 8) * 8
  }

  dataOf(group: string, topic: string): BloomFilterData {
    const hash = murmur3Low64(Buffer.from(`${group}#${topic}`))
    const low = Number(BigInt.asIntN(32, hash))
    const high = Number(BigInt.asIntN(32, hash >> 32n))
    const bitPos: number[] = []
    for (let i = 1; i <= this.#hashes; i++) {
      const combined = (low + Math.imul(i, high)) | 0
      bitPos.push((combined < 0 ? ~combined : combined) % this.bits)
    }
    return { bitNum: this.bits, bitPos }
  }

  /** False when the filter was made with other settings than `data`: then the bits mean nothing. */
  isValid(data: BloomFilterData | undefined): data is BloomFilterData {
    return data !== undefined && data.bitNum === this.bits && data.bitPos.length === this.#hashes
  }

  /** Whether all bits of the subscription are set; bit i is in byte i/8, the lowest first. */
  static isSet(bitmap: Uint8Array, { bitPos }: BloomFilterData): boolean {
    return bitPos.every((bit) => ((bitmap[bit >> 3] ?? 0) & (1 << (bit & 7))) !== 0)
  }
}

/** Runs once per subscription, so that 64-bit arithmetic may be slow. */
function murmur3Low64(bytes: Buffer): bigint {
  let h1 = 0n
  let h2 = 0n
  const blocks = bytes.length >> 4
  for (let block = 0; block < blocks; block++) {
    h1 ^= mixFirst(bytes.readBigUInt64LE(block * 16))
    h1 = (((rotated(h1, 27n) + h2) & mask64) * 5n + 0x52dce729n) & mask64
    h2 ^= mixSecond(bytes.readBigUInt64LE(block * 16 + 8))
    h2 = (((rotated(h2, 31n) + h1) & mask64) * 5n + 0x38495ab5n) & mask64
  }
  const rest = Buffer.alloc(16)
  bytes.copy(rest, 0, blocks * 16)
  h1 ^= mixFirst(rest.readBigUInt64LE(0))
  h2 ^= mixSecond(rest.readBigUInt64LE(8))
  const length = BigInt(bytes.length)
  h1 ^= length
  h2 ^= length
  h1 = (h1 + h2) & mask64
  h2 = (h2 + h1) & mask64
  return (finished(h1) + finished(h2)) & mask64
}

const rotated = (value: bigint, by: bigint): bigint => ((value << by) | (value >> (64n - by))) & mask64
const mixFirst = (k: bigint): bigint => (rotated((k * c1) & mask64, 31n) * c2) & mask64
const mixSecond = (k: bigint): bigint => (rotated((k * c2) & mask64, 33n) * c1) & mask64

function finished(hash: bigint): bigint {
  let value = hash
  value ^= value >> 33n
  value = (value * 0xff51afd7ed558ccdn) & mask64
  value ^= value >> 33n
  value = (value * 0xc4ceb9fe1a85ec53n) & mask64
  return value ^ (value >> 33n)
}
