/** `String.hashCode` of Java: over UTF-16 units, int32. */
export function javaHashCode(text: string): number {
  let hash = 0
  for (let i = 0; i < text.length; i++) hash = (Math.imul(31, hash) + text.charCodeAt(i)) | 0
  return hash
}

/** `Math.abs` of a Java int, in which the smallest int is its own absolute value. */
export function javaAbs(value: number): number {
  return value < 0 ? -value | 0 : value
}

/** `String.trim` of Java: takes off everything up to U+0020, and no other white space. */
export function javaTrim(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && text.charCodeAt(start) <= 0x20) start++
  while (end > start && text.charCodeAt(end - 1) <= 0x20) end--
  return text.slice(start, end)
}
