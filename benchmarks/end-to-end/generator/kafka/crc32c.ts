/** The reversed polynomial of Castagnoli. */
const polynomial = 0x82f63b78
const slices = 8

/** Eight tables of 256: with them eight bytes are taken at once. */
const tables = makeTables()

/** CRC-32C of a part of a buffer, unsigned. Node has CRC-32 only. */
export function crc32c(bytes: Uint8Array, from: number, to: number): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [T, T, T, T, T, T, T, T]
  let crc = -1
  let at = from
  for (; at + slices <= to; at += slices) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc =
      t7[low & 255]! ^
      t6[(low >>> 8) & 255]! ^
      t5[(low >>> 16) & 255]! ^
      t4[low >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!
  }
  for (; at < to; at += 1) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 255]!
  return ~crc >>> 0
}

type T = Int32Array

function makeTables(): T[] {
  const first = Int32Array.from({ length: 256 }, (_, byte) => {
    let crc = byte
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? polynomial : 0)
    return crc
  })
  const made = [first]
  for (let slice = 1; slice < slices; slice += 1) {
    const before = made[slice - 1]!
    made.push(before.map((crc) => (crc >>> 8) ^ first[crc & 255]!))
  }
  return made
}
