import type { Random } from '@cometmq/platform'

/** Numbers at which lengths and offsets tend to go wrong. */
const edges = [0, 1, -1, 4, 0x7f, 0x80, 0xff, 0x7fff, 0x8000, 0xff_ffff, 0x7fff_ffff, -0x8000_0000, 16 * 1024 * 1024]
/** Pieces of text that mean something to a reader of JSON or properties. */
const pieces = [
  '{',
  '}',
  '[',
  ']',
  '"',
  "'",
  ':',
  ',',
  '\\',
  '\\u',
  '/*',
  '{"$ref":"$',
  'null',
  '1e999',
  '\u0001',
  '\u0002',
  '\ud800',
]

/** Damages bytes, repeatably. */
export class Mutator {
  readonly #random: Random

  constructor(random: Random) {
    this.#random = random
  }

  /** One of `samples` with one to four changes; sometimes nothing but noise. */
  next(samples: readonly Buffer[]): Buffer {
    if (this.#random.int(20) === 0) return this.#random.bytes(this.#random.int(200))
    let bytes: Buffer = Buffer.from(samples[this.#random.int(samples.length)]!)
    for (let changes = 1 + this.#random.int(4); changes > 0; changes--) bytes = this.#change(bytes, samples)
    return bytes
  }

  #change(bytes: Buffer, samples: readonly Buffer[]): Buffer {
    const at = this.#random.int(bytes.length + 1)
    const to = at + this.#random.int(bytes.length - at + 1)
    switch (this.#random.int(7)) {
      case 0:
        return bytes.subarray(0, at)
      case 1:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(to)])
      case 2:
        return Buffer.concat([bytes.subarray(0, to), bytes.subarray(at)])
      case 3:
        return this.#splice(bytes, at, Buffer.from(pieces[this.#random.int(pieces.length)]!))
      case 4: {
        const other = samples[this.#random.int(samples.length)]!
        return Buffer.concat([bytes.subarray(0, at), other.subarray(Math.min(at, other.length))])
      }
      case 5:
        if (at + 4 <= bytes.length) bytes.writeInt32BE(edges[this.#random.int(edges.length)]!, at)
        return bytes
      default:
        if (at < bytes.length) bytes[at]! ^= 1 << this.#random.int(8)
        return bytes
    }
  }

  #splice(bytes: Buffer, at: number, piece: Buffer): Buffer {
    return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)])
  }
}
