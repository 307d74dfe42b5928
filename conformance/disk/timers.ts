import { type Dump, type DumpedMessage, systemTopics } from './dump.ts'

export interface TimerDeliveries {
  /** What is wrong: a message that did not come, came early, came though its time is days away or it was taken back, or came twice. */
  readonly flaws: readonly string[]
  /** How many were delivered after this time. */
  readonly later: number
}

/** Keys of what the load wants delivered while a run lasts; `TimedLoad.java` sends them. */
const wanted = /^(soon|later)\d+$/

/**
 * Every message with a time of its own was delivered when that had come, and not before, and once. Where the writer was killed, it may have done so twice with what was due before that, as
 * far as it had not noted it.
 */
export function timerDeliveries({ messages }: Dump, killed: boolean, since: number): TimerDeliveries {
  const copies = new Map<string, DumpedMessage[]>()
  const waiting = new Map<string, DumpedMessage>()
  for (const message of messages.values()) {
    const { REAL_TOPIC: target, KEYS: key, TIMER_DELIVER_MS: due, TIMER_DEL_UNIQKEY: takenBack } = message.properties
    if (due === undefined || key === undefined || takenBack !== undefined) continue
    // What waits for days is stored there again from time to time.
    if (message.topic === systemTopics.timers) waiting.set(key, message)
    else if (message.topic === target) copies.set(key, [...(copies.get(key) ?? []), message])
  }
  const flaws: string[] = []
  let later = 0
  for (const [key, { properties, storeTimestamp }] of waiting) {
    const delivered = copies.get(key) ?? []
    const due = Number(properties.TIMER_DELIVER_MS)
    const count = wanted.test(key) ? 1 : 0
    const mayBeDoubled = killed && due < since && key.startsWith('soon')
    const isEnough = mayBeDoubled ? delivered.length >= count : delivered.length === count
    if (!isEnough) flaws.push(`${key}, stored at ${storeTimestamp} and due at ${due}: delivered ${delivered.length} times`)
    for (const copy of delivered) {
      if (copy.storeTimestamp < due) flaws.push(`${key}: delivered ${due - copy.storeTimestamp} ms early`)
      if (copy.storeTimestamp > since) later++
    }
  }
  return { flaws, later }
}
