import { type Dump, type DumpedMessage, systemTopics } from './dump.ts'

/** The delays of the levels that fall due during a run, by the queue in which their messages wait. The others wait for hours. */
const delayMs: ReadonlyMap<number, number> = new Map([
  [0, 1_000],
  [3, 30_000],
])

export interface Deliveries {
  /** What is wrong: a message that did not come, came early, or came again though no broker was killed. */
  readonly flaws: readonly string[]
  /** How many were delivered after this time. */
  readonly later: number
}

/** Every delayed message was delivered when its time had come, and not before: once, or at least once where a broker was killed. */
export function deliveries({ messages }: Dump, killed: boolean, since: number): Deliveries {
  const copies = new Map<string, DumpedMessage[]>()
  const waiting: DumpedMessage[] = []
  for (const message of messages.values()) {
    const { REAL_TOPIC: target, UNIQ_KEY: key } = message.properties
    if (message.topic === systemTopics.schedule) waiting.push(message)
    else if (target === message.topic) copies.set(`${target} ${key}`, [...(copies.get(`${target} ${key}`) ?? []), message])
  }
  const flaws: string[] = []
  let later = 0
  for (const message of waiting) {
    const { REAL_TOPIC: target, UNIQ_KEY: key } = message.properties
    const dueMs = delayMs.get(message.queue)
    const delivered = copies.get(`${target} ${key}`) ?? []
    const wanted = dueMs === undefined ? 0 : 1
    const enough = killed && dueMs !== undefined ? delivered.length >= wanted : delivered.length === wanted
    const place = `level ${message.queue + 1} offset ${message.offset}`
    if (!enough) flaws.push(`${place}: delivered ${delivered.length} times to ${target}`)
    for (const copy of delivered) {
      const afterMs = copy.storeTimestamp - message.storeTimestamp
      if (afterMs < (dueMs ?? Number.POSITIVE_INFINITY)) flaws.push(`${place}: delivered after ${afterMs} ms`)
      if (copy.storeTimestamp > since) later++
    }
  }
  return { flaws, later }
}
