import { ProtocolError } from '../error.ts'
import { readFastjson } from '../fastjson/read.ts'
import { quoteText, writeFastjson } from '../fastjson/write.ts'
import { type ExtFields, type Header, languages, ownLanguage } from './header.ts'
import { scanJsonHeader } from './json-header-scanner.ts'
import { protocolVersion } from './limits.ts'

/**
 * The JSON header (serialization type 0): one object with the members `code, extFields, flag, language, opaque, remark, version`.
 * Readers accept any order, missing members, numbers given as text, field values that are not text, and fastjson's loose syntax.
 */
export function decodeJsonHeader(bytes: Buffer, start: number, end: number): Header {
  return scanJsonHeader(bytes, start, end) ?? parseJsonHeader(bytes, start, end)
}

/** The slow way, which takes all that Java's reader takes. */
export function parseJsonHeader(bytes: Buffer, start: number, end: number): Header {
  const parsed = parse(bytes, start, end)
  if (!isObject(parsed)) throw new ProtocolError('the JSON header is not an object')
  const members = parsed
  return {
    code: integer(members.code, 'code'),
    flag: integer(members.flag, 'flag'),
    opaque: integer(members.opaque, 'opaque'),
    version: integer(members.version, 'version'),
    language: language(members.language),
    remark: members.remark == null ? undefined : textOf(members.remark),
    ext: extFields(members.extFields),
    serialization: 'json',
  }
}

function parse(bytes: Buffer, start: number, end: number): unknown {
  const text = bytes.toString('utf8', start, end)
  try {
    return JSON.parse(text)
  } catch {
    try {
      return readFastjson(text)
    } catch (cause) {
      throw new ProtocolError('the JSON header cannot be parsed', cause)
    }
  }
}

/** A `Map` is an object with keys that are no text; a header has none. */
function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Map)
}

function integer(value: unknown, member: string): number {
  if (value === undefined || value === null) return 0
  const number = typeof value === 'string' ? Number(value) : value
  if (typeof number !== 'number' || !Number.isInteger(number) || number !== (number | 0))
    throw new ProtocolError(`header member ${member} is not an int32`)
  return number
}

function language(value: unknown): string | undefined {
  if (value === undefined) return 'JAVA'
  if (typeof value === 'number') return languages[value]
  return typeof value === 'string' ? value : undefined
}

function extFields(value: unknown): ExtFields | undefined {
  if (value === undefined || value === null) return undefined
  if (!isObject(value)) throw new ProtocolError('extFields is not an object')
  const fields = value
  for (const key in fields) {
    const field = fields[key]
    if (typeof field === 'string') continue
    if (field === null) delete fields[key]
    else fields[key] = textOf(field)
  }
  return fields as ExtFields
}

/** Java turns values that are no text into their text. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'object' ? writeFastjson(value) : String(value)
}

/** What a frame to be sent carries in its header. */
export interface OutgoingHeader {
  code: number
  flag: number
  opaque: number
  remark?: string | undefined
  ext?: ExtFields | undefined
}

/** The header text in the member order that Java writes. */
export function encodeJsonHeader(header: OutgoingHeader): string {
  let text = `{"code":${header.code},`
  if (header.ext !== undefined) {
    text += '"extFields":{'
    let separator = ''
    for (const key in header.ext) {
      text += separator + quotedName(key) + quoteText(header.ext[key]!)
      separator = ','
    }
    text += '},'
  }
  text += `"flag":${header.flag},"language":"${ownLanguage}","opaque":${header.opaque},`
  if (header.remark !== undefined) text += `"remark":${quoteText(header.remark)},`
  return `${text}"serializeTypeCurrentRPC":"JSON","version":${protocolVersion}}`
}

/** Field names with quotes and colon. Names of our own commands, so few; the bound is for callers with names of others. */
const quotedNames = new Map<string, string>()
const maxQuotedNames = 1_000

function quotedName(name: string): string {
  let quoted = quotedNames.get(name)
  if (quoted === undefined) {
    quoted = `${quoteText(name)}:`
    if (quotedNames.size < maxQuotedNames) quotedNames.set(name, quoted)
  }
  return quoted
}
