import { HeaderFieldError } from './error.ts'

/** A header field: how it is called on the wire, how its text is read and written. All values travel as text. */
export interface Field<T, Omittable extends boolean = boolean> {
  /** The name on the wire when it differs from the name in code; `undefined` means the same. */
  readonly wire: string | undefined
  /** What the value names, for authorisation. */
  readonly resource: Resource | undefined
  /** Whether a sender may leave it out. Only a type. */
  readonly omittable?: Omittable
  /** Whether a missing field is an error. */
  readonly required: boolean
  /** The value of a missing optional field. */
  readonly fallback: T | undefined
  /** The value of a text; throws `HeaderFieldError`. */
  read(text: string, name: string): T
  write(value: T): string
}

export type Resource = 'topic' | 'group' | 'cluster'

interface Common {
  wire?: string
  resource?: Resource
}
type Required = Common & { optional?: never; default?: never }
type Optional = Common & { optional: true }
type Defaulted<T> = Common & { default: T }

/** Makes the three forms of a field type: required, `{ optional: true }`, `{ default: value }`. */
function fieldType<T>(read: Field<T>['read'], write: (value: T) => string = String) {
  function make(options?: Required): Field<T, false>
  function make(options: Optional): Field<T | undefined, true>
  function make(options: Defaulted<T>): Field<T, true>
  function make(options: Common & { optional?: boolean; default?: T } = {}): Field<any, any> {
    return {
      wire: options.wire,
      resource: options.resource,
      required: options.optional !== true && options.default === undefined,
      fallback: options.default,
      read,
      write,
    }
  }
  return make
}

/** Text as it is. */
export const string = fieldType<string>((text) => text)

/** A signed 32-bit integer in decimal. */
export const int32 = fieldType<number>((text, name) => {
  const value = Number(text)
  if (text === '' || value !== (value | 0))
    throw new HeaderFieldError(`header field ${name} must be an int32, not "${clip(text)}"`)
  return value
})

/**
 * A signed 64-bit integer in decimal, as a number. Values beyond ±(2^53 − 1), which only occur as "no limit" (`9223372036854775807`),
 * read as that bound.
 */
export const int64 = fieldType<number>((text, name) => {
  const value = Number(text)
  if (text === '' || !Number.isInteger(value))
    throw new HeaderFieldError(`header field ${name} must be an int64, not "${clip(text)}"`)
  return Math.min(Math.max(value, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
})

/** `true` in any case is true, everything else false, as Java reads it. */
export const boolean = fieldType<boolean>((text) => text === 'true' || text.toLowerCase() === 'true')

const clip = (text: string) => (text.length > 40 ? `${text.slice(0, 40)}…` : text)
