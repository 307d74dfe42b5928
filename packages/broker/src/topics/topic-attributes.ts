/** What is known of an attribute of topics or groups. */
export interface AttributeKind {
  /** Whether it may be given another value later. */
  readonly isChangeable: boolean
  readonly isValid: (value: string) => boolean
}

export const oneOf =
  (...values: string[]) =>
  (value: string) =>
    values.includes(value)

export const integer = (min: number, max: number) => (value: string) =>
  /^-?\d{1,18}$/.test(value) && Number(value) >= min && Number(value) <= max

/** Source: TopicAttributes of Apache RocketMQ. */
const topicAttributes: ReadonlyMap<string, AttributeKind> = new Map([
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

/** Why attributes cannot be changed so. */
export class AttributeFlaw extends Error {}

/**
 * The attributes of a topic after a change like `+queue.type=BatchCQ,-message.type`: what it does not name stays. `current`: absent for a topic that is being created.
 * @throws AttributeFlaw
 *
 * @example
 * changedAttributes({ 'message.type': 'FIFO' }, '+reserve.time=5') // { 'message.type': 'FIFO', 'reserve.time': '5' }
 */
export function changedAttributes(
  current: Readonly<Record<string, string>> | undefined,
  change: string,
): Record<string, string> {
  const changes = change
    .split(',')
    .map((text) => text.trim())
    .filter((part) => part !== '')
    .map((part): [string, string | undefined] => {
      const [key = '', value] = part.split('=', 2)
      return [key, value]
    })
  return alteredAttributes(current, changes, topicAttributes)
}

/**
 * The same for changes that come as entries: the key with its sign, and the value of one that is set. `kinds` says what there is; the attributes of topics unless given.
 * @throws AttributeFlaw
 */
export function alteredAttributes(
  current: Readonly<Record<string, string>> | undefined,
  changes: Iterable<readonly [signedKey: string, value: string | undefined]>,
  kinds: ReadonlyMap<string, AttributeKind> = topicAttributes,
): Record<string, string> {
  const attributes = new Map(Object.entries(current ?? {}))
  for (const [signedKey, value] of changes) {
    const sign = signedKey[0]
    const key = signedKey.slice(1).trim()
    const kind = kinds.get(key)
    if (kind === undefined) throw new AttributeFlaw(`unsupported key: ${signedKey.slice(1)}`)
    const before = attributes.get(key)
    if (sign === '-') remove(attributes, key, current === undefined, kind)
    else if (sign !== '+' || value === undefined)
      throw new AttributeFlaw(
        `"${value === undefined ? signedKey : `${signedKey}=${value}`}" is no change of an attribute: it is like +key=value or -key`,
      )
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
