import { assert } from '@cometmq/platform'
import { ProtocolError } from '../error.ts'
import { LargeNumber } from './large-number.ts'
import { maxDepth } from './limits.ts'

export interface FastjsonStyle {
  /** How the number keys of a `Map` are written. Quoted is legal JSON; readers of all releases take either. Default: quoted. */
  integerKeys?: 'quoted' | 'unquoted'
  /** TAB indentation and a new line behind `{` and `,`, as RocketMQ 5.5 writes its configuration files. */
  pretty?: boolean
}

/**
 * Writes JSON as RocketMQ's fastjson does: members of objects in alphabetical order and none for `undefined` and `null`, text as raw UTF-8
 * with controls escaped. A `Map` is a Java map: its entries keep their order, and a key is text, a number, or an object, which is written as
 * itself (`{{"brokerName":"b",…}:5}`): no release of RocketMQ reads any other form of it in all places.
 *
 * @example
 * writeFastjson({ b: 1, a: new Map([[0, 'x']]) }, { integerKeys: 'unquoted' }) // {"a":{0:"x"},"b":1}
 */
export function writeFastjson(value: unknown, style: FastjsonStyle = {}): string {
  return new FastjsonWriter(style).write(value, '')
}

class FastjsonWriter {
  readonly #quotesIntegers: boolean
  readonly #isPretty: boolean
  #depth = 0

  constructor({ integerKeys = 'quoted', pretty = false }: FastjsonStyle) {
    this.#quotesIntegers = integerKeys === 'quoted'
    this.#isPretty = pretty
  }

  /** `indent` is a line break and the indentation of the line that holds the value; empty unless pretty. */
  write(value: unknown, indent: string): string {
    switch (typeof value) {
      case 'string':
        return quoteText(value)
      case 'number':
        assert(Number.isFinite(value), `JSON has no ${value}`)
        return String(value)
      case 'boolean':
        return value ? 'true' : 'false'
      case 'object':
        if (value instanceof LargeNumber) return String(value)
        return value === null ? 'null' : this.#nested(value, indent)
      default:
        throw new TypeError(`JSON has no ${typeof value}`)
    }
  }

  #nested(value: object, indent: string): string {
    if (++this.#depth > maxDepth) throw new ProtocolError(`nested deeper than ${maxDepth}`)
    const text = this.#container(value, this.#isPretty ? `${indent || '\n'}\t` : '')
    this.#depth--
    return text
  }

  #container(value: object, indent: string): string {
    if (Array.isArray(value))
      return this.#enclose(
        '[',
        value.map((item) => this.write(item ?? null, indent)),
        ']',
        indent,
      )
    return this.#enclose(
      '{',
      value instanceof Map ? this.#entries(value, indent) : this.#members(value, indent),
      '}',
      indent,
    )
  }

  #members(value: object, indent: string): string[] {
    const parts: string[] = []
    for (const name of Object.keys(value).sort()) {
      const member = (value as Record<string, unknown>)[name]
      if (member !== undefined && member !== null) parts.push(`${quoteText(name)}:${this.write(member, indent)}`)
    }
    return parts
  }

  #entries(map: Map<unknown, unknown>, indent: string): string[] {
    const parts: string[] = []
    for (const [key, item] of map) {
      if (item !== undefined && item !== null) parts.push(`${this.#key(key, indent)}:${this.write(item, indent)}`)
    }
    return parts
  }

  #key(key: unknown, indent: string): string {
    if (typeof key === 'number') return this.#quotesIntegers ? `"${key}"` : String(key)
    return this.write(key, indent)
  }

  #enclose(open: string, parts: string[], close: string, indent: string): string {
    if (!this.#isPretty || parts.length === 0) return open + parts.join(',') + close
    return open + indent + parts.join(`,${indent}`) + indent.slice(0, -1) + close
  }
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what has to be escaped.
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

/** The text in double quotes. A surrogate without its other half cannot be UTF-8 and is escaped. */
export function quoteText(text: string): string {
  return needsEscape.test(text) ? JSON.stringify(text) : `"${text}"`
}
