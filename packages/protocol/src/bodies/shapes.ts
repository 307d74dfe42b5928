import * as v from 'valibot'
import { ProtocolError } from '../error.ts'
import { LargeNumber } from '../fastjson/large-number.ts'
import { setOwn } from '../fastjson/own-member.ts'
import { readFastjson } from '../fastjson/read.ts'

/**
 * The shapes that JSON bodies are made of, as tolerant as Java's readers: numbers and booleans may come as text, enum values as ordinals, and
 * a `null` is an absent member. Members that a shape does not name are dropped.
 */
export type Shape<T = unknown> = v.GenericSchema<unknown, T>

/** A value of which `read` makes another; `undefined` is an error that says what was wanted. */
function leaf<T>(wanted: string, read: (value: unknown) => T | undefined) {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const value = read(dataset.value)
      if (value !== undefined) return value
      addIssue({ message: `must be ${wanted}` })
      return NEVER
    }),
  )
}

export const text = leaf('text', (value) => {
  if (typeof value === 'string') return value
  const isWritten = typeof value === 'number' || typeof value === 'boolean' || value instanceof LargeNumber
  return isWritten ? String(value) : undefined
})

export const int32 = leaf('an int32', (value) => {
  const number = numberOf(value)
  return number === (number | 0) ? number : undefined
})

/** Beyond ±(2^53 − 1) the bound: such values only occur as "no limit". */
export const int64 = leaf('an int64', (value) => {
  const number = numberOf(value)
  if (!Number.isInteger(number)) return undefined
  return Math.min(Math.max(number, Number.MIN_SAFE_INTEGER), Number.MAX_SAFE_INTEGER)
})

function numberOf(value: unknown): number {
  if (typeof value === 'number') return value
  if (value instanceof LargeNumber) return Number(String(value))
  return typeof value === 'string' && value.trim() !== '' ? Number(value) : Number.NaN
}

/** A Java double. */
export const double = leaf('a number', (value) => {
  const number = numberOf(value)
  return Number.isFinite(number) ? number : undefined
})

export const flag = leaf('true or false', (value) => {
  if (typeof value === 'boolean') return value
  if (typeof value === 'number') return value !== 0
  return typeof value === 'string' ? value.toLowerCase() === 'true' || value === '1' : undefined
})

/** A Java enum: its names in the order of their ordinals. One that is missing or unknown is `undefined`, as it is `null` for Java. */
export function oneOf<const Names extends readonly string[]>(names: Names) {
  return v.pipe(
    v.optional(v.unknown()),
    v.transform((value) => enumName(names, value)),
  )
}

/** `oneOf` with a value for what is missing or unknown. */
export function oneOfOrElse<const Names extends readonly string[]>(names: Names, fallback: Names[number]) {
  return v.pipe(
    v.nullish(v.unknown(), fallback),
    v.transform((value): Names[number] => enumName(names, value) ?? fallback),
  )
}

function enumName<Names extends readonly string[]>(names: Names, value: unknown): Names[number] | undefined {
  const isOrdinal = typeof value === 'number' || (typeof value === 'string' && /^\d+$/.test(value))
  const name = isOrdinal ? names[Number(value)] : value
  return names.find((each) => each === name)
}

/** A member that may be missing or `null`. */
export function maybe<S extends Shape>(shape: S) {
  return v.pipe(
    v.optional(v.unknown()),
    v.rawTransform<unknown, v.InferOutput<S> | undefined>(({ dataset, addIssue, NEVER }) => {
      if (dataset.value === undefined || dataset.value === null) return undefined
      return shaped(shape, dataset.value, addIssue, NEVER)
    }),
  )
}

/** A member that has a value where it is missing or `null`. */
export function orElse<S extends Shape>(shape: S, fallback: v.InferOutput<S>) {
  return v.nullish(shape, fallback as never)
}

/** A Java list or set; missing is empty. */
export function list<S extends Shape>(item: S) {
  return v.nullish(v.array(item), [])
}

/** A Java map with text keys; missing is empty, entries without a value are dropped. */
export function table<S extends Shape>(item: S) {
  return v.nullish(
    v.pipe(
      v.unknown(),
      v.rawTransform<unknown, Record<string, v.InferOutput<S>>>(({ dataset, addIssue, NEVER }) => {
        const entries = entriesOf(dataset.value)
        if (entries === undefined) return refuse(addIssue, NEVER, 'must be an object')
        const values: Record<string, v.InferOutput<S>> = {}
        for (const [name, member] of entries) setOwn(values, name, shaped(item, member, addIssue, NEVER, name))
        return values
      }),
    ),
    {},
  )
}

/** `table` as a `Map`, for what is looked up all the time. */
export function mapOf<S extends Shape>(item: S) {
  return v.pipe(
    table(item),
    v.transform((values) => new Map(Object.entries(values)) as Map<string, v.InferOutput<S>>),
  )
}

/** A Java map with integer keys. */
export function numberTable<S extends Shape>(item: S) {
  return v.pipe(
    table(item),
    v.rawTransform<Record<string, unknown>, Map<number, v.InferOutput<S>>>(({ dataset, addIssue, NEVER }) => {
      const values = new Map<number, v.InferOutput<S>>()
      for (const [name, member] of Object.entries(dataset.value)) {
        const key = numberOf(name)
        if (!Number.isSafeInteger(key))
          return refuse(addIssue, NEVER, `has the key ${JSON.stringify(name)}, no integer`)
        values.set(key, member as v.InferOutput<S>)
      }
      return values
    }),
  )
}

function entriesOf(value: unknown): [string, unknown][] | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
  if (value instanceof Map || value instanceof LargeNumber) return undefined
  return Object.entries(value).filter(([, member]) => member !== null && member !== undefined)
}

/** A Java map whose keys are objects. Releases up to 4.x may write such a key as text that holds its JSON. */
export function objectTable<K extends Shape, S extends Shape>(key: K, item: S) {
  return v.nullish(
    v.pipe(
      v.unknown(),
      v.rawTransform<unknown, Map<v.InferOutput<K>, v.InferOutput<S>>>(({ dataset, addIssue, NEVER }) => {
        const entries = dataset.value instanceof Map ? [...dataset.value] : entriesOf(dataset.value)
        if (entries === undefined) return refuse(addIssue, NEVER, 'must be an object')
        const values = new Map<v.InferOutput<K>, v.InferOutput<S>>()
        for (const [name, member] of entries) {
          const object = typeof name === 'string' && name.startsWith('{') ? keyIn(name) : name
          values.set(shaped(key, object, addIssue, NEVER, 'a key'), shaped(item, member, addIssue, NEVER, 'a value'))
        }
        return values
      }),
    ),
    () => new Map<never, never>(),
  )
}

/** What is no JSON after all stays text, which the shape of the key refuses. */
function keyIn(text: string): unknown {
  try {
    return readFastjson(text)
  } catch (error) {
    if (error instanceof ProtocolError) return text
    throw error
  }
}

type AddIssue = (issue: { message: string }) => void

function refuse(addIssue: AddIssue, never: never, message: string): never {
  addIssue({ message })
  return never
}

/** The value in its shape; what is wrong within it becomes an issue that names the place. */
function shaped<S extends Shape>(
  shape: S,
  value: unknown,
  addIssue: AddIssue,
  never: never,
  name = '',
): v.InferOutput<S> {
  const result = v.safeParse(shape, value, { abortEarly: true })
  return result.success ? result.output : refuse(addIssue, never, flawOf(result.issues[0], name))
}

/** Where and what: `a.b: must be an int32`. */
export function flawOf(issue: v.BaseIssue<unknown>, within = ''): string {
  const path = [within, v.getDotPath(issue) ?? ''].filter((part) => part !== '').join('.')
  const flaw = issue.received === 'undefined' ? 'is missing' : issue.message
  return path === '' ? flaw : `${path}: ${flaw}`
}
