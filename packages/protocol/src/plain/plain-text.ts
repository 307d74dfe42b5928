/** Text as clients write it into headers: printable ASCII, in JSON without escapes. */
const quote = 0x22
const backslash = 0x5c

/** 1 for what a text without escapes consists of. */
const isInText = Uint8Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x20 && byte <= 0x7e && byte !== quote && byte !== backslash ? 1 : 0,
)

/** The position behind the quote that ends a text without escapes; −1 when there is none. */
export function behindText(bytes: Buffer, start: number, end: number): number {
  let at = start
  while (at < end && isInText[bytes[at]!] === 1) at++
  return at < end && bytes[at] === quote ? at + 1 : -1
}

/** Whether `text` stands at `at` and before `end`. */
export function isText(bytes: Buffer, at: number, end: number, text: Buffer): boolean {
  if (end - at < text.length) return false
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false
  return true
}

export function isPrintable(bytes: Buffer, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at]! < 0x20 || bytes[at]! > 0x7e) return false
  return true
}

/** Whether `name` stands at `at`; there are as many bytes. */
export function isAt(bytes: Buffer, at: number, name: Buffer): boolean {
  for (let i = 0; i < name.length; i++) if (bytes[at + i] !== name[i]) return false
  return true
}

/** `javaHashCode` of ASCII text. */
export function javaHashOf(bytes: Buffer, start: number, end: number): number {
  let hash = 0
  for (let at = start; at < end; at++) hash = (Math.imul(31, hash) + bytes[at]!) | 0
  return hash
}
