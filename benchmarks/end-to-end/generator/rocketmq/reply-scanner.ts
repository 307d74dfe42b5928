/**
 * Reads code, opaque, flag and body position from a reply without building objects: the JSON header is walked byte by
 * byte, and only the members of the outermost object are looked at. Both header serializations are understood.
 */
const quote = 34
const backslash = 92
const braceOpen = 123
const braceClose = 125
const bracketOpen = 91
const bracketClose = 93
const colon = 58
const minus = 45

export class ReplyScanner {
  code = 0
  opaque = 0
  /** True for a request of the server's own (a notification), which the generator ignores. */
  isRequest = false
  bodyAt = 0

  /** Throws when the frame at `at`, which ends before `end`, is not a frame of this protocol. */
  scan(bytes: Buffer, at: number, end: number): void {
    const mark = bytes.readInt32BE(at + 4)
    const headerAt = at + 8
    const headerEnd = headerAt + (mark & 0xffffff)
    if (headerEnd > end) throw new Error(`a reply's header ends ${headerEnd - end} bytes after its frame`)
    this.bodyAt = headerEnd
    if (mark >>> 24 === 0) this.#scanJson(bytes, headerAt, headerEnd)
    else if (mark >>> 24 === 1) this.#scanBinary(bytes, headerAt)
    else throw new Error(`a reply has the unknown serialize type ${mark >>> 24}`)
  }

  #scanBinary(bytes: Buffer, at: number): void {
    this.code = bytes.readInt16BE(at)
    this.opaque = bytes.readInt32BE(at + 5)
    this.isRequest = (bytes.readInt32BE(at + 9) & 1) === 0
  }

  #scanJson(bytes: Buffer, at: number, end: number): void {
    this.code = 0
    let opaqueFound = false
    this.isRequest = true
    let depth = 0
    let index = at
    while (index < end) {
      const byte = bytes[index]!
      if (byte === quote) {
        const textAt = index + 1
        index = textAt
        while (index < end && bytes[index] !== quote) index += bytes[index] === backslash ? 2 : 1
        const length = index - textAt
        index += 1
        if (depth !== 1 || bytes[index] !== colon) continue
        // "code", "flag" and "opaque" are told apart by length and first letter among the eight members of a header.
        if (length === 4 && bytes[textAt] === 99) this.code = decimal(bytes, index + 1)
        else if (length === 4 && bytes[textAt] === 102) this.isRequest = (decimal(bytes, index + 1) & 1) === 0
        else if (length === 6 && bytes[textAt] === 111) {
          this.opaque = decimal(bytes, index + 1)
          opaqueFound = true
        }
        continue
      }
      if (byte === braceOpen || byte === bracketOpen) depth += 1
      else if (byte === braceClose || byte === bracketClose) depth -= 1
      index += 1
    }
    if (!opaqueFound) throw new Error(`a reply's header has no opaque: ${bytes.toString('utf8', at, end)}`)
  }
}

/** The whole header as text, for the message of a failed round. */
export function headerText(bytes: Buffer, at: number): string {
  const mark = bytes.readInt32BE(at + 4)
  const end = at + 8 + (mark & 0xffffff)
  return mark >>> 24 === 0 ? bytes.toString('utf8', at + 8, end) : bytes.toString('latin1', at + 8, end)
}

function decimal(bytes: Buffer, at: number): number {
  let index = at
  const negative = bytes[index] === minus
  if (negative) index += 1
  let value = 0
  for (let digit = bytes[index]! - 48; digit >= 0 && digit <= 9; digit = bytes[index]! - 48) {
    value = value * 10 + digit
    index += 1
  }
  return negative ? -value : value
}

/** The fields of a header in JSON as an object: for the few replies of which more must be known than that they came. */
export function extFieldsOf(bytes: Buffer, at: number): Record<string, string> {
  const header = JSON.parse(headerText(bytes, at)) as { extFields?: Record<string, string> }
  return header.extFields ?? {}
}
