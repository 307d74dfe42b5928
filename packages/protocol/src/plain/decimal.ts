const zero = 0x30

/** Digits that any whole number has at most. */
export const decimalBytes = 16

/** Not more than 16 for any offset. */
export function digitsOf(value: number): number {
  let digits = 1
  for (let bound = 10; value >= bound; bound *= 10) digits++
  return digits
}

/** Writes a whole number, not negative, in as many digits as it has; returns the position behind. */
export function writeDecimal(into: Buffer, at: number, value: number): number {
  const end = at + digitsOf(value)
  let rest = value
  let i = end - 1
  while (rest > 0x7fff_ffff) {
    const next = Math.floor(rest / 10)
    into[i--] = zero + (rest - next * 10)
    rest = next
  }
  let small = rest | 0
  for (; i >= at; i--) {
    const next = (small / 10) | 0
    into[i] = zero + (small - next * 10)
    small = next
  }
  return end
}
