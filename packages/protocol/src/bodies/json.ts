import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { ProtocolError } from '../error.ts'
import { mayHoldLargeNumbers } from '../fastjson/large-number.ts'
import { readFastjson } from '../fastjson/read.ts'
import { type FastjsonStyle, writeFastjson } from '../fastjson/write.ts'
import { emptyBody } from '../frame/frame.ts'
import { maxJsonValues } from './limits.ts'
import { flawOf, type Shape } from './shapes.ts'

export interface JsonOptions extends FastjsonStyle {
  /** The most values that are read; more are refused before they are parsed. Default: `maxJsonValues`. */
  maxValues?: number
  /** Members that the shape does not name keep integers beyond ±(2^53 − 1) as they are written, as `LargeNumber`. Default: they are rounded. */
  isExact?: boolean
}

/**
 * A body that is JSON in RocketMQ's dialect: read from whatever its releases write, and written so that all of them can read it.
 *
 * @example
 * const kvTable = json('KVTable', v.object({ table: table(text) }))
 * kvTable.decode(Buffer.from(`{"table":{"k":1}}`)) // { table: { k: '1' } }
 */
export function json<T>(name: string, shape: Shape<T>, options: JsonOptions = {}): BodyCodec<T> {
  const { maxValues = maxJsonValues, isExact = false } = options
  return {
    decode(bytes) {
      if (bytes.length === 0) throw new ProtocolError(`${name}: the body is empty`)
      if (holdsMoreValues(bytes, maxValues)) throw new ProtocolError(`${name}: it holds more than ${maxValues} values`)
      const result = v.safeParse(shape, parse(name, bytes.toString('utf8'), isExact), {
        abortEarly: true,
        abortPipeEarly: true,
      })
      if (!result.success) throw new ProtocolError(`${name}: ${flawOf(result.issues[0])}`)
      return result.output
    },
    encode: (value) => Buffer.from(writeFastjson(value, options)),
  }
}

/** Counts what values begin behind. Those within text count too, which only matters close to the limit. */
function holdsMoreValues(bytes: Buffer, limit: number): boolean {
  if (bytes.length <= limit) return false
  let count = 0
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if ((byte === 0x2c || byte === 0x5b || byte === 0x7b) && ++count > limit) return true
  }
  return false
}

function parse(name: string, text: string, isExact: boolean): unknown {
  try {
    if (!text.includes('$ref') && !(isExact && mayHoldLargeNumbers(text))) return JSON.parse(text)
  } catch {
    // It is of a wider dialect, or nothing at all: the reader below tells.
  }
  try {
    return readFastjson(text, { isExact })
  } catch (cause) {
    throw cause instanceof ProtocolError ? new ProtocolError(`${name}: ${cause.message}`, cause) : cause
  }
}

/** A body that may be absent. */
export function optional<T>(codec: BodyCodec<T>): BodyCodec<T | undefined> {
  return {
    decode: (bytes) => (bytes.length === 0 ? undefined : codec.decode(bytes)),
    encode: (value) => (value === undefined ? emptyBody : codec.encode(value)),
  }
}
