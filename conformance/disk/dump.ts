import { isDeepStrictEqual } from 'node:util'
import type { JavaClient } from '../java.ts'

export interface DumpedMessage {
  readonly kind: 'message'
  readonly topic: string
  readonly queue: number
  readonly offset: number
  readonly properties: Readonly<Record<string, string>>
}

interface DumpedQueue {
  readonly kind: 'queue' | 'hole'
  readonly topic: string
  readonly queue: number
  readonly min: number
  readonly max: number
  readonly committed: number
}

/** All that a client can read of some topics, with the committed offsets of one group. */
export interface Dump {
  readonly messages: ReadonlyMap<string, DumpedMessage>
  readonly queues: ReadonlyMap<string, DumpedQueue>
  /** Places where a queue offset between its ends could not be read, or where two messages have the same one. */
  readonly holes: number
}

export async function dump(client: JavaClient, namesrv: string, group: string, topics: readonly string[], label: string): Promise<Dump> {
  const messages = new Map<string, DumpedMessage>()
  const queues = new Map<string, DumpedQueue>()
  let holes = 0
  for (const line of await client.lines('Dump', [namesrv, group, ...topics], label)) {
    const entry = JSON.parse(line) as DumpedMessage | DumpedQueue
    const queue = `${entry.topic}/${entry.queue}`
    if (entry.kind === 'message') {
      const place = `${queue}/${entry.offset}`
      if (messages.has(place)) holes++
      messages.set(place, entry)
    } else if (entry.kind === 'queue') queues.set(queue, entry)
    else holes++
  }
  for (const [name, { min, max }] of queues) {
    for (let offset = min; offset < max; offset++) if (!messages.has(`${name}/${offset}`)) holes++
  }
  return { messages, queues, holes }
}

/** The first few entries of `before` that are missing or different in `after`; `after` may hold more. */
export function changes(before: ReadonlyMap<string, unknown>, after: ReadonlyMap<string, unknown>): string[] {
  const found: string[] = []
  for (const [place, entry] of before) {
    if (!isDeepStrictEqual(after.get(place), entry)) found.push(`${place}: ${JSON.stringify(entry)} became ${JSON.stringify(after.get(place))}`)
  }
  return found
}

/** Committed offsets by queue. */
export function committed(dumped: Dump): ReadonlyMap<string, number> {
  return new Map([...dumped.queues].map(([name, queue]) => [name, queue.committed]))
}
