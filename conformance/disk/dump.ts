import { isDeepStrictEqual } from 'node:util'
import type { JavaClient } from '../java.ts'

/** Where brokers keep what is undecided or waits. */
export const systemTopics = {
  schedule: 'SCHEDULE_TOPIC_XXXX',
  halves: 'RMQ_SYS_TRANS_HALF_TOPIC',
  decisions: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  timers: 'rmq_sys_wheel_timer',
} as const

export interface DumpedMessage {
  readonly kind: 'message'
  readonly topic: string
  readonly queue: number
  readonly offset: number
  readonly storeSize: number
  readonly bodyLength: number
  readonly bornHost: string
  readonly storeHost: string
  readonly storeTimestamp: number
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

/** One step of a Java program, with its arguments. */
export type Step = readonly string[]

export function dumpStep(namesrv: string, group: string, topics: readonly string[]): Step {
  return ['Dump', namesrv, group, ...topics]
}

/** Runs steps in one JVM, because starting one takes longer than most steps, and answers what each printed. */
export async function runSteps(client: JavaClient, steps: readonly Step[], label: string): Promise<string[][]> {
  const args = steps.flatMap((step, place) => (place === 0 ? step : ['--', ...step]))
  const outputs: string[][] = [[]]
  for (const line of await client.lines('Steps', args, label)) {
    if (line === '--') outputs.push([])
    else outputs.at(-1)?.push(line)
  }
  return outputs
}

export async function dump(
  client: JavaClient,
  namesrv: string,
  group: string,
  topics: readonly string[],
  label: string,
): Promise<Dump> {
  const [lines] = await runSteps(client, [dumpStep(namesrv, group, topics)], label)
  return readDump(lines ?? [])
}

export function readDump(lines: readonly string[]): Dump {
  const messages = new Map<string, DumpedMessage>()
  const queues = new Map<string, DumpedQueue>()
  let holes = 0
  for (const line of lines) {
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

/** The messages of some topics alone; a topic may be followed by the number of its queues, as for `dump`. */
export function messagesOf({ messages }: Dump, topics: readonly string[]): ReadonlyMap<string, DumpedMessage> {
  const names = new Set(topics.map((topic) => topic.replace(/=\d+$/, '')))
  return new Map([...messages].filter(([, message]) => names.has(message.topic)))
}

/** Committed offsets by queue, of queues that have one: for the others releases answer -1 or 0. */
export function committed(dumped: Dump): ReadonlyMap<string, number> {
  const queues = [...dumped.queues].filter(([, queue]) => queue.committed > 0)
  return new Map(queues.map(([name, queue]) => [name, queue.committed]))
}
