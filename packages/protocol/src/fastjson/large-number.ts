/**
 * An integer beyond ±(2^53 − 1), which a number would hold inexactly, as it stands in the text. It is not calculated with: whoever writes it writes the same digits again.
 */
export class LargeNumber {
  readonly #digits: string

  constructor(digits: string) {
    this.#digits = digits
  }

  toString(): string {
    return this.#digits
  }
}

/** A text without such a row of digits holds no integer that a number would not. */
const manyDigits = /\d{16}/

export const mayHoldLargeNumbers = (text: string): boolean => manyDigits.test(text)

const integer = /^-?\d+$/

/** What `word`, which is a JSON number, stands for. */
export function exactNumber(word: string): number | LargeNumber {
  const value = Number(word)
  return integer.test(word) && !Number.isSafeInteger(value) ? new LargeNumber(word) : value
}
