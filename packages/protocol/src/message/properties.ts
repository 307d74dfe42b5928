import { ProtocolError } from '../error.ts'

/**
 * Message properties travel as one text: `name U+0001 value U+0002` for each. The last U+0002 may be missing. An entry without name or without
 * value does not count; of two with one name the later does.
 */
const nameEnd = '\u0001'
const entryEnd = '\u0002'
const nameEndCode = 1
const entryEndCode = 2

/** Properties as text, in the order given; those that are `undefined` or empty are left out, as no reader would find them. */
export function encodeProperties(entries: Iterable<readonly [string, string | undefined]>): string {
  let text = ''
  for (const [name, value] of entries) if (name !== '' && value) text += encodeProperty(name, value)
  return text
}

/** Throws `ProtocolError` where a separator within a name or value would make other properties of it. */
function encodeProperty(name: string, value: string): string {
  if (name.includes(nameEnd) || name.includes(entryEnd) || value.includes(entryEnd))
    throw new ProtocolError(
      `the message property ${JSON.stringify(name)} holds U+0001 or U+0002, which separate properties`,
    )
  return name + nameEnd + value + entryEnd
}

export function decodeProperties(text: string): Map<string, string> {
  const properties = new Map<string, string>()
  for (const entry of text.split(entryEnd)) {
    const separator = entry.indexOf(nameEnd)
    if (separator > 0 && separator < entry.length - 1)
      properties.set(entry.slice(0, separator), entry.slice(separator + 1))
  }
  return properties
}

/**
 * One property of an encoded text, without decoding the others; `undefined` when it is absent. Searches from the end, since the later of two
 * entries counts.
 *
 * @example
 * propertyOf('TAGS\u0001A\u0002WAIT\u0001true\u0002', 'TAGS') // 'A'
 */
export function propertyOf(text: string, name: string): string | undefined {
  for (let at = text.lastIndexOf(name); at >= 0; at = at === 0 ? -1 : text.lastIndexOf(name, at - 1)) {
    const valueAt = at + name.length + 1
    if (text.charCodeAt(valueAt - 1) !== nameEndCode || !isEntryStart(text, at)) continue
    const end = text.indexOf(entryEnd, valueAt)
    const value = text.slice(valueAt, end < 0 ? text.length : end)
    if (value !== '') return value
  }
  return undefined
}

const isEntryStart = (text: string, at: number) => at === 0 || text.charCodeAt(at - 1) === entryEndCode

/**
 * The text with some properties set, or removed where the value is `undefined`. Others keep their order and stand before those that are set.
 *
 * @example
 * withProperties('A\u00011\u0002B\u00012', { A: undefined, C: '3' }) // 'B\u00012\u0002C\u00013\u0002'
 */
export function withProperties(text: string, changes: Readonly<Record<string, string | undefined>>): string {
  let changed = ''
  for (const entry of text.split(entryEnd)) {
    const separator = entry.indexOf(nameEnd)
    if (separator > 0 && separator < entry.length - 1 && !Object.hasOwn(changes, entry.slice(0, separator)))
      changed += entry + entryEnd
  }
  return changed + encodeProperties(Object.entries(changes))
}
