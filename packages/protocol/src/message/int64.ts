/**
 * int64 as a number, in two 32-bit halves, big-endian. Values are within ±(2^53 − 1), which is 8 PiB of log or 285 thousand years of
 * milliseconds; what lies beyond is read inexactly, as it can only come from damaged bytes. No bigint: it halves the speed of the record codec.
 */
const high = 0x1_0000_0000

export function readInt64(bytes: Buffer, at: number): number {
  return readInt32(bytes, at) * high + (readInt32(bytes, at + 4) >>> 0)
}

export function writeInt64(into: Buffer, at: number, value: number): void {
  writeInt32(into, at, Math.floor(value / high))
  writeInt32(into, at + 4, value)
}

/** Without a bounds check: the caller has made one for the whole record. */
export function readInt32(bytes: Buffer, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!
}

/** Writes the low 32 bits of `value`. */
export function writeInt32(into: Buffer, at: number, value: number): void {
  const bits = value | 0
  into[at] = bits >> 24
  into[at + 1] = bits >> 16
  into[at + 2] = bits >> 8
  into[at + 3] = bits
}

export function readInt16(bytes: Buffer, at: number): number {
  return ((bytes[at]! << 24) >> 16) | bytes[at + 1]!
}

export function writeInt16(into: Buffer, at: number, value: number): void {
  into[at] = value >> 8
  into[at + 1] = value
}
