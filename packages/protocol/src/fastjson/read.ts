import { ProtocolError } from '../error.ts'
import { maxDepth } from './limits.ts'
import { setOwn } from './own-member.ts'
import { type OpenContainer, ReferenceResolver } from './references.ts'
import { TextScanner } from './scanner.ts'

/**
 * Reads what fastjson 1 and 2 write, and what their readers take from others: standard JSON, and besides
 *
 * - keys that are numbers or bare identifiers: `{0:"a", name:1}`. Numbers become text, as JavaScript's own keys do;
 * - keys that are objects or arrays: `{{"queueId":1}:5}`. Such an object comes back as a `Map`, in which the key is a value and every other
 *   key is text. An object without such keys is a plain object, even where the Java side has a map;
 * - `{"$ref":"$.path"}` for something written before, as value and as key. It comes back as a copy;
 * - single quotes, comments, trailing and doubled commas, the escapes of JavaScript.
 *
 * Numbers and booleans given as text stay text: the shapes of bodies convert them. A later member wins over an earlier of the same name.
 *
 * `isExact`: integers beyond ±(2^53 − 1) come back as `LargeNumber` and not rounded.
 *
 * @throws ProtocolError with the position (UTF-16 units from the start) of what cannot be read
 * @example
 * readFastjson(`{0:"a",}`) // { '0': 'a' }
 * readFastjson('{{"queueId":1}:5}') // Map { { queueId: 1 } => 5 }
 */
export function readFastjson(text: string, { isExact = false } = {}): unknown {
  return new FastjsonReader(text, isExact).read()
}

class FastjsonReader {
  readonly #scanner: TextScanner
  readonly #references = new ReferenceResolver()

  constructor(text: string, isExact: boolean) {
    this.#scanner = new TextScanner(text, isExact)
  }

  read(): unknown {
    const value = this.#value()
    this.#scanner.skipBlanks()
    if (!this.#scanner.isAtEnd) throw this.#scanner.unexpected('the end of the text')
    return value
  }

  #value(): unknown {
    const scanner = this.#scanner
    scanner.skipBlanks()
    switch (scanner.peek()) {
      case '{':
        return this.#object()
      case '[':
        return this.#array()
      case '"':
      case "'":
        return scanner.quoted()
      default:
        return scanner.literal()
    }
  }

  #array(): unknown {
    const scanner = this.#scanner
    const values: unknown[] = []
    const open = this.#open(values)
    scanner.advance()
    for (;;) {
      skipCommas(scanner)
      if (scanner.take(']')) break
      open.key = values.length
      values.push(this.#value())
      expectSeparator(scanner, ']')
    }
    this.#references.close()
    return values
  }

  #object(): unknown {
    const scanner = this.#scanner
    const start = scanner.position
    const open = this.#open({})
    scanner.advance()
    for (;;) {
      skipCommas(scanner)
      if (scanner.take('}')) break
      open.key = undefined
      const key = this.#key()
      open.key = key
      scanner.skipBlanks()
      if (!scanner.take(':')) throw scanner.unexpected('":" behind a member name')
      addMember(open, key, this.#value())
      expectSeparator(scanner, '}')
    }
    this.#references.close()
    return this.#resolved(open.container, start)
  }

  #key(): unknown {
    const scanner = this.#scanner
    switch (scanner.peek()) {
      case '"':
      case "'":
        return scanner.quoted()
      case '{':
      case '[':
        return this.#value()
      default:
        return scanner.bareKey()
    }
  }

  /** A reference is an object whose only member is `$ref`. */
  #resolved(value: unknown, start: number): unknown {
    if (value instanceof Map) return value
    const path = (value as { $ref?: unknown }).$ref
    if (typeof path !== 'string') return value
    for (const name in value as object) if (name !== '$ref') return value
    try {
      return this.#references.resolve(path)
    } catch (error) {
      throw error instanceof ProtocolError ? new ProtocolError(`${error.message} at position ${start}`, error) : error
    }
  }

  #open(container: OpenContainer['container']): OpenContainer {
    if (this.#references.depth === maxDepth)
      throw new ProtocolError(`nested deeper than ${maxDepth} at position ${this.#scanner.position}`)
    return this.#references.open(container)
  }
}

function addMember(open: OpenContainer, key: unknown, value: unknown): void {
  if (typeof key !== 'string' && !(open.container instanceof Map))
    open.container = new Map<unknown, unknown>(Object.entries(open.container))
  if (open.container instanceof Map) open.container.set(key, value)
  else setOwn(open.container as Record<string, unknown>, key as string, value)
}

function skipCommas(scanner: TextScanner): void {
  do scanner.skipBlanks()
  while (scanner.take(','))
}

function expectSeparator(scanner: TextScanner, end: string): void {
  scanner.skipBlanks()
  const next = scanner.peek()
  if (next !== ',' && next !== end) throw scanner.unexpected(`"," or "${end}"`)
}
