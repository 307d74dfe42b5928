/** A number as it stands in an expression. The text of a property is converted to its kind before the two are compared. */
export type NumberLiteral =
  | { readonly kind: 'int' | 'double'; readonly value: number }
  | { readonly kind: 'long'; readonly value: bigint }

/** What an expression yields for a message: `null` is SQL's "unknown". Numbers come from the expression only, text from it or from a property. */
export type Value = string | boolean | NumberLiteral | null

/** Apache throws here, and the message does not match. */
export class NotComparable extends Error {}

const minInt = -(2 ** 31)
const maxInt = 2 ** 31 - 1
const minLong = -(2n ** 63n)
const maxLong = 2n ** 63n - 1n
/** What Java reads as a double besides digits: blanks around it, a suffix, and two words. */
const doubleText = /^[+-]?(?:NaN|Infinity|(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?[fFdD]?)$/

/** −1, 0 or 1 as Java orders doubles: NaN above all, −0 below 0. */
export function orderDoubles(a: number, b: number): number {
  if (a < b) return -1
  if (a > b) return 1
  if (Object.is(a, b)) return 0
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) ? 1 : -1
  return Object.is(a, -0) ? -1 : 1
}

/** @throws NotComparable when the text is no number of that kind */
export function orderTextAndNumber(text: string, number: NumberLiteral): number {
  switch (number.kind) {
    case 'int':
      return Math.sign(intOf(text) - number.value)
    case 'long':
      return orderLongs(longOf(text), number.value)
    case 'double':
      return orderDoubles(doubleOf(text), number.value)
  }
}

export function orderNumbers(a: NumberLiteral, b: NumberLiteral): number {
  if (a.kind === 'double' || b.kind === 'double') return orderDoubles(Number(a.value), Number(b.value))
  return orderLongs(BigInt(a.value), BigInt(b.value))
}

/** @throws NotComparable */
export function doubleOf(text: string): number {
  const trimmed = trimBlanks(text)
  if (!doubleText.test(trimmed)) throw new NotComparable(`"${text}" is no number`)
  return Number(trimmed.replace(/[fFdD]$/, ''))
}

function intOf(text: string): number {
  const value = /^[+-]?[0-9]+$/.test(text) ? Number(text) : Number.NaN
  if (!(value >= minInt && value <= maxInt)) throw new NotComparable(`"${text}" is no 32-bit integer`)
  return value
}

function longOf(text: string): bigint {
  if (!/^[+-]?[0-9]{1,40}$/.test(text)) throw new NotComparable(`"${text}" is no 64-bit integer`)
  const value = BigInt(text.replace(/^\+/, ''))
  if (value < minLong || value > maxLong) throw new NotComparable(`"${text}" is no 64-bit integer`)
  return value
}

const orderLongs = (a: bigint, b: bigint): number => (a < b ? -1 : a > b ? 1 : 0)

/** Java trims everything up to the blank. */
function trimBlanks(text: string): string {
  let from = 0
  let to = text.length
  while (from < to && text.charCodeAt(from) <= 0x20) from++
  while (to > from && text.charCodeAt(to - 1) <= 0x20) to--
  return text.slice(from, to)
}
