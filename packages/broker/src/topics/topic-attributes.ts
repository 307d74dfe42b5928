/** What is known of an attribute of topics. Source: TopicAttributes of Apache RocketMQ. */
interface AttributeKind {
  /** Whether it may be given another value later. */
  readonly isChangeable: boolean
  readonly isValid: (value: string) => boolean
}

const oneOf =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value)

const integer = (min: number, max: number) => (value: string) =>
  /^-?\d{1,18}$/.test(value) && Number(value) >= min && Number(value) <= max

const kinds: ReadonlyMap<string, AttributeKind> = new Map([
  ['queue.type', { isChangeable: false, isValid: oneOf('SimpleCQ', 'BatchCQ') }],
  ['cleanup.policy', { isChangeable: false, isValid: oneOf('DELETE', 'COMPACTION') }],
  [
    'message.type',
    {
      isChangeable: true,
      isValid: oneOf('UNSPECIFIED', 'NORMAL', 'FIFO', 'DELAY', 'TRANSACTION', 'PRIORITY', 'LITE', 'MIXED'),
    },
  ],
  ['reserve.time', { isChangeable: true, isValid: integer(-1, Number.MAX_SAFE_INTEGER) }],
  ['lite.topic.expiration', { isChangeable: true, isValid: integer(-1, 43_200) }],
])

/** Why the attributes of a topic cannot be changed so. */
export class AttributeFlaw extends Error {}

/**
 * The attributes after a change like `+queue.type=BatchCQ,-message.type`: what it does not name stays. `current`: absent for a topic that is being created.
 * @throws AttributeFlaw
 *
 * @example
 * changedAttributes({ 'message.type': 'FIFO' }, '+reserve.time=5') // { 'message.type': 'FIFO', 'reserve.time': '5' }
 */
export function changedAttributes(
  current: Readonly<Record<string, string>> | undefined,
  change: string,
): Record<string, string> {
  const attributes = new Map(Object.entries(current ?? {}))
  for (const part of change.split(',').map((text) => text.trim())) {
    if (part === '') continue
    const [key = '', value] = part.slice(1).split('=', 2)
    const kind = kinds.get(key.trim())
    if (kind === undefined) throw new AttributeFlaw(`unsupported key: ${key}`)
    const before = attributes.get(key)
    if (part.startsWith('-')) remove(attributes, key, current === undefined, kind)
    else if (!part.startsWith('+') || value === undefined)
      throw new AttributeFlaw(`"${part}" is no change of an attribute: it is like +key=value or -key`)
    else if (!kind.isValid(value)) throw new AttributeFlaw(`value is not in set or range: ${key}=${value}`)
    else if (current !== undefined && !kind.isChangeable && before !== value)
      throw new AttributeFlaw(`attempt to update an unchangeable attribute. key: ${key}`)
    else attributes.set(key, value)
  }
  return Object.fromEntries(attributes)
}

function remove(attributes: Map<string, string>, key: string, isNew: boolean, { isChangeable }: AttributeKind): void {
  if (isNew) throw new AttributeFlaw(`only add attribute is supported while creating topic. key: ${key}`)
  if (!attributes.has(key)) throw new AttributeFlaw(`attempt to delete a nonexistent key: ${key}`)
  if (!isChangeable) throw new AttributeFlaw(`attempt to update an unchangeable attribute. key: ${key}`)
  attributes.delete(key)
}
