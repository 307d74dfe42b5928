import type { ExtFields, Header } from './header.ts'

/**
 * The fast way through a JSON header: one pass over the bytes, for headers as clients write them: ASCII, no spaces, numbers as numbers, field values as
 * text, no escapes but those of control characters. `undefined` for any other, which `decodeJsonHeader` then parses the slow way; both
 * answer the same (a property test holds them together).
 */
export function scanJsonHeader(bytes: Buffer, start: number, end: number): Header | undefined {
  return new Scanner(bytes, start, end).header()
}

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c
const colon = 0x3a
const open = 0x7b
const close = 0x7d
const minus = 0x2d
const zero = 0x30
const nine = 0x39
const lowerU = 0x75

/** One-character texts by code, so that the many short values need no new string. */
const characters: readonly string[] = Array.from({ length: 128 }, (_, code) => String.fromCharCode(code))
/** No number of a header has more digits, its sign not counted. */
const maxDigits = 10
/** Field values with escapes are put together here; a longer one is parsed the slow way. */
const unescaped = Buffer.alloc(32 * 1024)

class Scanner {
  readonly #bytes: Buffer
  readonly #start: number
  readonly #end: number
  /** The header as text, made once: cutting pieces from it costs less than making each from bytes. */
  readonly #latin1: string
  #at: number
  #isOdd = false

  constructor(bytes: Buffer, start: number, end: number) {
    this.#bytes = bytes
    this.#start = start
    this.#at = start
    this.#end = end
    this.#latin1 = bytes.toString('latin1', start, end)
  }

  header(): Header | undefined {
    const header: Header = {
      code: 0,
      flag: 0,
      opaque: 0,
      version: 0,
      language: 'JAVA',
      remark: undefined,
      ext: undefined,
      serialization: 'json',
    }
    if (!this.#take(open)) return undefined
    do {
      const member = this.#text()
      if (this.#isOdd || !this.#take(colon) || !this.#member(header, member)) return undefined
    } while (this.#take(comma))
    return this.#take(close) && this.#at === this.#end ? header : undefined
  }

  #member(header: Header, member: string): boolean {
    switch (member) {
      case 'code':
        header.code = this.#int32()
        break
      case 'flag':
        header.flag = this.#int32()
        break
      case 'opaque':
        header.opaque = this.#int32()
        break
      case 'version':
        header.version = this.#int32()
        break
      case 'language':
        header.language = this.#text()
        break
      case 'remark':
        header.remark = this.#text()
        break
      case 'serializeTypeCurrentRPC':
        this.#text()
        break
      case 'extFields':
        header.ext = this.#fields()
        break
      default:
        return false
    }
    return !this.#isOdd
  }

  #fields(): ExtFields {
    const fields: ExtFields = {}
    if (!this.#expect(open) || this.#take(close)) return fields
    do {
      const name = this.#text()
      // Would not become a member of its own.
      if (name === '__proto__') this.#isOdd = true
      if (this.#isOdd || !this.#expect(colon)) return fields
      fields[name] = this.#text()
    } while (!this.#isOdd && this.#take(comma))
    this.#expect(close)
    return fields
  }

  #int32(): number {
    const bytes = this.#bytes
    const isNegative = this.#take(minus)
    const first = this.#at
    let value = 0
    for (
      let digit = bytes[this.#at]!;
      digit >= zero && digit <= nine && this.#at < this.#end;
      digit = bytes[++this.#at]!
    ) {
      value = value * 10 + (digit - zero)
    }
    const digits = this.#at - first
    if (digits === 0 || digits > maxDigits || (digits > 1 && bytes[first] === zero)) this.#isOdd = true
    if (isNegative) value = -value
    if (value !== (value | 0)) this.#isOdd = true
    return value
  }

  #text(): string {
    if (!this.#expect(quote)) return ''
    const bytes = this.#bytes
    const first = this.#at
    for (let at = first; at < this.#end; at++) {
      const byte = bytes[at]!
      if (byte === quote) {
        this.#at = at + 1
        return at - first === 1 ? characters[bytes[first]!]! : this.#latin1.slice(first - this.#start, at - this.#start)
      }
      if (byte === backslash) return this.#escapedText(first, at)
      if (byte < 0x20 || byte > 0x7e) break
    }
    this.#isOdd = true
    return ''
  }

  /** A text with `\u00XX` in it, as message properties have them. */
  #escapedText(first: number, firstEscape: number): string {
    const bytes = this.#bytes
    this.#isOdd = true
    if (this.#end - first > unescaped.length) return ''
    let length = bytes.copy(unescaped, 0, first, firstEscape)
    for (let at = firstEscape; at < this.#end; at++) {
      const byte = bytes[at]!
      if (byte === quote) {
        this.#isOdd = false
        this.#at = at + 1
        return unescaped.toString('latin1', 0, length)
      }
      if (byte === backslash) {
        const code = this.#controlCharacter(at)
        if (code === undefined) return ''
        unescaped[length++] = code
        at += 5
      } else if (byte < 0x20 || byte > 0x7e) return ''
      else unescaped[length++] = byte
    }
    return ''
  }

  /** The code of `\u000X` or `\u001X` at `at`. */
  #controlCharacter(at: number): number | undefined {
    const bytes = this.#bytes
    if (at + 5 >= this.#end || bytes[at + 1] !== lowerU || bytes[at + 2] !== zero || bytes[at + 3] !== zero)
      return undefined
    const high = bytes[at + 4]! - zero
    const low = bytes[at + 5]! - zero
    return (high === 0 || high === 1) && low >= 0 && low <= 9 ? high * 16 + low : undefined
  }

  #take(byte: number): boolean {
    if (this.#at >= this.#end || this.#bytes[this.#at] !== byte) return false
    this.#at++
    return true
  }

  #expect(byte: number): boolean {
    const isThere = this.#take(byte)
    if (!isThere) this.#isOdd = true
    return isThere
  }
}
