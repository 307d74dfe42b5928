import { ProtocolError } from '../error.ts'
import { exactNumber } from './large-number.ts'

/** Characters that end a word: a number, a bare key, `true`, `false`, `null`. */
const wordEnd = /[\s,:{}[\]"'/\\]/

/** A position in a text, and the tokens of fastjson's dialect behind it. Every character is looked at a bounded number of times. */
export class TextScanner {
  readonly #text: string
  readonly #isExact: boolean
  #at = 0

  /** `isExact`: see `readFastjson`. */
  constructor(text: string, isExact = false) {
    this.#text = text
    this.#isExact = isExact
  }

  get position(): number {
    return this.#at
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#text.length
  }

  /** The next character; empty at the end. */
  peek(): string {
    return this.#text[this.#at] ?? ''
  }

  advance(): void {
    this.#at++
  }

  take(character: string): boolean {
    if (this.peek() !== character) return false
    this.#at++
    return true
  }

  unexpected(wanted: string): ProtocolError {
    const found = this.isAtEnd ? 'the text ends' : `there is ${JSON.stringify(this.peek())}`
    return new ProtocolError(`expected ${wanted} at position ${this.#at}, where ${found}`)
  }

  /** White space, byte order mark and comments. */
  skipBlanks(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 0x20 || (code >= 0x08 && code <= 0x0d) || code === 0xfeff) this.#at++
      else if (code === 0x2f) this.#skipComment()
      else return
    }
  }

  #skipComment(): void {
    const start = this.#at
    const isBlock = this.#text[start + 1] === '*'
    if (!isBlock && this.#text[start + 1] !== '/') throw this.unexpected('a value or a comment')
    const end = this.#text.indexOf(isBlock ? '*/' : '\n', start + 2)
    if (end < 0 && isBlock) throw new ProtocolError(`the comment at position ${start} has no end`)
    this.#at = end < 0 ? this.#text.length : end + (isBlock ? 2 : 1)
  }

  /** A text in single or double quotes. */
  quoted(): string {
    const start = this.#at
    const quote = this.#text.charCodeAt(start)
    let from = start + 1
    let value = ''
    for (let at = from; ; at++) {
      const code = this.#text.charCodeAt(at)
      if (Number.isNaN(code)) throw new ProtocolError(`the text that begins at position ${start} has no end`)
      if (code === quote) {
        this.#at = at + 1
        return value + this.#text.slice(from, at)
      }
      if (code !== 0x5c) continue
      value += this.#text.slice(from, at)
      this.#at = at + 1
      value += this.#escape()
      from = this.#at
      at = from - 1
    }
  }

  /** What the characters behind a backslash stand for; the position moves behind them. */
  #escape(): string {
    const character = this.peek()
    this.#at++
    switch (character) {
      case 'u':
        return this.#hexadecimal(4)
      case 'x':
        return this.#hexadecimal(2)
      case '':
        throw new ProtocolError(`an escape at position ${this.#at - 1} is cut off`)
      default:
        return escapes[character] ?? character
    }
  }

  #hexadecimal(digits: number): string {
    const text = this.#text.slice(this.#at, this.#at + digits)
    if (text.length !== digits || !/^[0-9a-f]+$/i.test(text))
      throw new ProtocolError(`expected ${digits} hexadecimal digits at position ${this.#at}`)
    this.#at += digits
    return String.fromCharCode(Number.parseInt(text, 16))
  }

  /** A number, `true`, `false` or `null`. */
  literal(): unknown {
    const start = this.#at
    const word = this.#word()
    if (word === 'true') return true
    if (word === 'false') return false
    if (word === 'null') return null
    if (isNumber(word)) return this.#isExact ? exactNumber(word) : Number(word)
    this.#at = start
    throw this.unexpected('a value')
  }

  /** A key without quotes: an identifier, or an integer in its shortest form. */
  bareKey(): string {
    const start = this.#at
    const word = this.#word()
    if (/^-?\d/.test(word) ? /^(?:0|-?[1-9]\d*)$/.test(word) : /^[\p{L}\p{Nl}_$][\p{L}\p{N}_$.-]*$/u.test(word))
      return word
    this.#at = start
    throw this.unexpected('a member name')
  }

  #word(): string {
    const start = this.#at
    while (this.#at < this.#text.length && this.#at - start < maxWordLength && !wordEnd.test(this.#text[this.#at]!))
      this.#at++
    return this.#text.slice(start, this.#at)
  }
}

/** Longer words are neither numbers nor names. */
const maxWordLength = 1024

const escapes: Readonly<Record<string, string>> = Object.assign(Object.create(null), {
  b: '\b',
  t: '\t',
  n: '\n',
  f: '\f',
  r: '\r',
  v: '\v',
  0: '\0',
  1: '\u0001',
  2: '\u0002',
  3: '\u0003',
  4: '\u0004',
  5: '\u0005',
  6: '\u0006',
  7: '\u0007',
})

const isNumber = (word: string) => /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(word)
