import { ProtocolError } from '../error.ts'
import { LargeNumber } from './large-number.ts'
import { maxCopiedValues } from './limits.ts'

/** An object or array that is being read, and the key of the member that is. */
export interface OpenContainer {
  container: Map<unknown, unknown> | unknown[] | object
  key: unknown
}

/**
 * Resolves fastjson 1's `{"$ref":"$.path"}` to a copy of what was written before at that path. `$` is the whole text, `..` the object around
 * the one that holds the reference, `@` that object; these can only be cycles, which no body of RocketMQ has. A key that is an object stands
 * in a path as `null`.
 */
export class ReferenceResolver {
  readonly #open: OpenContainer[] = []
  #copied = 0

  get depth(): number {
    return this.#open.length
  }

  open(container: OpenContainer['container']): OpenContainer {
    const open = { container, key: undefined }
    this.#open.push(open)
    return open
  }

  close(): void {
    this.#open.pop()
  }

  /** @throws ProtocolError */
  resolve(path: string): unknown {
    const shown = path.length > 100 ? `${path.slice(0, 100)}…` : path
    if (!path.startsWith('$.') && !path.startsWith('$['))
      throw new ProtocolError(`the reference "${shown}" names an object that contains it`)
    let depth = 0
    let value: unknown = this.#open[0]?.container
    for (const segment of segmentsOf(path)) {
      const open = this.#open[depth]
      if (open !== undefined && open.container === value && isNamed(open.key, segment)) {
        value = this.#open[++depth]?.container
        if (value === undefined) throw new ProtocolError(`the reference "${shown}" names what is being read`)
      } else {
        depth = Number.POSITIVE_INFINITY
        value = this.#memberOf(value, segment)
      }
      if (value === undefined) throw new ProtocolError(`the reference "${shown}" names nothing that was written before`)
    }
    if (depth !== Number.POSITIVE_INFINITY)
      throw new ProtocolError(`the reference "${shown}" names an object that contains it`)
    return this.#copyOf(value)
  }

  #memberOf(container: unknown, segment: string): unknown {
    if (!(container instanceof Map)) return memberOf(container, segment)
    const member = container.get(segment)
    if (member !== undefined || segment !== 'null') return member
    this.#spend(container.size)
    return onlyObjectKey(container)
  }

  #spend(values: number): void {
    this.#copied += values
    if (this.#copied > maxCopiedValues) throw new ProtocolError(`references copy more than ${maxCopiedValues} values`)
  }

  #copyOf(value: unknown): unknown {
    this.#spend(1)
    if (typeof value !== 'object' || value === null || value instanceof LargeNumber) return value
    if (Array.isArray(value)) return value.map((item) => this.#copyOf(item))
    if (value instanceof Map)
      return new Map(Array.from(value, ([key, item]) => [this.#copyOf(key), this.#copyOf(item)]))
    return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, this.#copyOf(item)]))
  }
}

function isNamed(key: unknown, segment: string): boolean {
  return typeof key === 'object' && key !== null ? segment === 'null' : String(key) === segment
}

function memberOf(container: unknown, segment: string): unknown {
  if (Array.isArray(container)) return /^\d+$/.test(segment) ? container[Number(segment)] : undefined
  if (typeof container !== 'object' || container === null || !Object.hasOwn(container, segment)) return undefined
  return (container as Record<string, unknown>)[segment]
}

/** Every key that is an object has the same path, so that only a single one can be meant. */
function onlyObjectKey(map: Map<unknown, unknown>): unknown {
  const keys = Array.from(map.keys()).filter((key) => typeof key === 'object')
  return keys.length === 1 ? keys[0] : undefined
}

/** `$.a.b[0]` → `a`, `b`, `0`. A backslash takes the next character as it is, as fastjson writes names with punctuation. */
function segmentsOf(path: string): string[] {
  const segments: string[] = []
  let segment = ''
  for (let at = 1; at < path.length; at++) {
    const character = path[at]!
    if (character === '\\') segment += path[++at] ?? ''
    else if (character === '.' || character === '[' || character === ']') {
      if (segment !== '') segments.push(segment)
      segment = ''
    } else segment += character
  }
  if (segment !== '') segments.push(segment)
  return segments
}
