/** What a sender gets for a message that waits, and brings to take it back: Base64 of `v1 topic broker time key`. Source: RecallMessageHandle of Apache RocketMQ. */
export interface RecallHandle {
  readonly topic: string
  readonly brokerName: string
  /** A millisecond behind the one that the message is due at, as text: a handle may hold anything. */
  readonly timestamp: string
  readonly uniqKey: string
}

const version = 'v1'

export function encodeRecallHandle(
  { topic, brokerName, uniqKey }: Omit<RecallHandle, 'timestamp'>,
  dueMs: number,
): string {
  const bytes = Buffer.from(`${version} ${topic} ${brokerName} ${dueMs + 1} ${uniqKey}`)
  // With padding, as Java writes it.
  return bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_')
}

/** `undefined` when it is none. */
export function decodeRecallHandle(text: string): RecallHandle | undefined {
  if (!/^[\w-]*={0,2}$/.test(text)) return undefined
  const parts = Buffer.from(text, 'base64url').toString().split(' ')
  const [mark, topic, brokerName, timestamp, uniqKey] = parts
  if (mark !== version || uniqKey === undefined || parts.length < 5) return undefined
  return { topic: topic!, brokerName: brokerName!, timestamp: timestamp!, uniqKey }
}
