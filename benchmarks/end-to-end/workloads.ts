import type { FlushMode } from './servers/server.ts'

/** What RocketMQ can do with a message besides storing it at once. */
export type Special = 'pop' | 'delay' | 'timer' | 'transaction'

/** A workload's name says all of it; `workloadHelp` tells how. */
export interface LoadWorkload {
  /** `send`: sends alone. `read`: what is stored, again and again. `tail`: sends, and receivers that wait for them. */
  readonly kind: 'send' | 'read' | 'tail'
  readonly name: string
  /** Who makes the load: our generator of raw frames, or the Java client of RocketMQ. */
  readonly client: 'raw' | 'java'
  readonly bodyBytes: number
  /** Frames in flight (send, tail) or pulls in flight (read). */
  readonly inFlight: number
  /** Messages of a frame. */
  readonly batch: number
  readonly queues: number
  readonly connections: number
  /** Groups that receive everything while a tail sends. */
  readonly groups: number
  /** For a tail that sends at a fixed rate. */
  readonly ratePerSecond?: number
  /** `pop`: receivers pop and acknowledge; `delay`, `timer`: messages come a second later; `transaction`: half messages and commits. */
  readonly special?: Special
}

/** One that needs servers of its own, since it stops or kills them. */
export interface LoneWorkload {
  readonly kind: 'catch-up' | 'recovery'
  readonly name: string
  readonly bodyBytes: number
  /** Pulls in flight (catch-up). */
  readonly inFlight: number
}

/** One without a server, or which every start of a server measures. */
export interface PlainWorkload {
  readonly kind: 'start-up' | 'limits'
  readonly name: 'start-up' | 'limits'
}

export type Workload = (LoadWorkload | LoneWorkload | PlainWorkload) & {
  /** Only in this flush mode; absent: in all that are asked for. */
  readonly flush?: FlushMode
}

export const topicQueues = 4
export const connections = 4
export const messagesPerBatch = 32
/** Sends in flight while groups fan out. */
const fanOutInFlight = 64
/** At a fixed rate so many may be unanswered; more only wait, and are counted as late. */
const rateInFlight = 8_192

const bodies = ['128b', '1k', '4k']

/** What the goals of the project are stated for, and nothing more. */
export const goalWorkloadNames: readonly string[] = [
  ...['limits', 'start-up', 'send-1k-1', 'send-1k-64', 'send-1k-512', 'send-1k-64-q8', 'send-1k-64-q10000'],
  ...['rate-1k-20000', 'read-1k-4', 'read-1k-80', 'fan-1k-1', 'fan-1k-20', 'catch-up-1k-4', 'recovery-4k'],
  ...['send-1k-1@sync', 'send-1k-64@sync', 'send-1k-512@sync'],
]

export const allWorkloadNames: readonly string[] = [
  ...['limits', 'start-up'],
  ...bodies.flatMap((body) => [1, 8, 64, 512].map((inFlight) => `send-${body}-${inFlight}`)),
  ...[1, 16].map((inFlight) => `batch-1k-${inFlight}`),
  ...[1, 64, 512].map((inFlight) => `java-send-1k-${inFlight}`),
  ...['send-1k-64-q8', 'send-1k-64-q10000', 'send-1k-1000-c1000'],
  ...['128b', '1k'].flatMap((body) => [4, 32, 80].map((inFlight) => `read-${body}-${inFlight}`)),
  ...[1, 64].map((inFlight) => `tail-1k-${inFlight}`),
  ...[1, 5, 20].map((groups) => `fan-1k-${groups}`),
  ...[1_000, 20_000].map((rate) => `rate-1k-${rate}`),
  ...[
    'pop-1k-64',
    'delay-1k-1000',
    'delay-1k-10000',
    'timer-1k-1000',
    'timer-1k-10000',
    'transaction-1k-1',
    'transaction-1k-64',
  ],
  ...['catch-up-1k-4', 'recovery-4k'],
]

export const workloadHelp = `  send-SIZE-N       sends of that body (128b, 1k, 4k, …), N in flight; with -qQ to a topic of Q queues, with -cC over
                    C connections; java-send-… by the Java client instead of raw frames
  batch-SIZE-N      N batches of ${messagesPerBatch} messages in flight
  read-SIZE-N       stored messages from memory, N pulls in flight; each ${topicQueues} pulls are a group that reads all
  tail-SIZE-N       N sends in flight, one group waits for them
  fan-SIZE-G        ${fanOutInFlight} sends in flight, G groups wait for them
  rate-SIZE-R       R sends a second, whatever comes back; latency from the instant a send was meant to its receipt
  pop-SIZE-N        N sends in flight, one group pops them and acknowledges each
  delay-SIZE-R      R sends a second of delay level 1 (one second); latency from when a message was due to its receipt
  timer-SIZE-R      the same with a time of their own (TIMER_DELAY_MS) one second away
  transaction-SIZE-N  N transactions in flight: a half message, and when it is answered its commit
  catch-up-SIZE-N   a backlog of --backlog-mb from the disk after a restart, N pulls in flight
  recovery-SIZE     start after kill -9 with a store of --store-gb
  start-up          until ready, until the first acknowledgement; memory when idle
  limits            what the machine can do: loopback, writes, fdatasync, sequential read, memory copy
  NAME@sync         that one with synchronous flush only (or @async), whatever --flush says
  all, goals        the list above; what the project's goals name
`

export function parseWorkloads(text: string): Workload[] {
  const sets: Record<string, readonly string[]> = { all: allWorkloadNames, goals: goalWorkloadNames }
  const names = text.split(',').flatMap((name) => sets[name] ?? [name])
  return [...new Set(names)].map(parseInMode)
}

/** Whether a workload is to run in a flush mode, given those that were asked for. */
export function runsIn(flush: FlushMode, asked: readonly FlushMode[]): (workload: Workload) => boolean {
  return (workload) => (workload.flush === undefined ? asked.includes(flush) : workload.flush === flush)
}

/** What only servers of RocketMQ's protocol can do. */
export function isOfRocketmq(workload: Workload): boolean {
  return (
    isLoad(workload) &&
    (workload.special !== undefined || workload.batch > 1 || workload.client === 'java' || /-q\d/.test(workload.name))
  )
}

export function isLoad(workload: Workload): workload is LoadWorkload & Workload {
  return workload.kind === 'send' || workload.kind === 'read' || workload.kind === 'tail'
}

export function isLone(workload: Workload): workload is LoneWorkload & Workload {
  return workload.kind === 'catch-up' || workload.kind === 'recovery'
}

/** One of the usual shape, for warming up and for tests. */
export function loadWorkload(
  kind: LoadWorkload['kind'],
  name: string,
  bodyBytes: number,
  inFlight: number,
): LoadWorkload {
  return { kind, name, client: 'raw', bodyBytes, inFlight, batch: 1, queues: topicQueues, connections, groups: 1 }
}

function parseInMode(text: string): Workload {
  const [, name, flush] = /^(.*?)(?:@(async|sync))?$/.exec(text) ?? []
  const workload = parseWorkload(name ?? text)
  return flush === undefined ? workload : { ...workload, flush: flush as FlushMode }
}

function parseWorkload(name: string): Workload {
  if (name === 'start-up' || name === 'limits') return { kind: name, name }
  const match =
    /^(?<java>java-)?(?<verb>send|batch|read|tail|fan|rate|pop|delay|timer|transaction|catch-up|recovery)-(?<size>\d+)(?<unit>b|k)(?:-(?<count>\d+))?(?:-q(?<queues>\d+))?(?:-c(?<connections>\d+))?$/.exec(
      name,
    )
  const { java, verb, size, unit, count, ...more } = match?.groups ?? {}
  const isRecovery = verb === 'recovery'
  const misfit =
    match === null ||
    isRecovery !== (count === undefined) ||
    (java !== undefined && verb !== 'send') ||
    ((more.queues ?? more.connections) !== undefined && verb !== 'send')
  if (misfit)
    throw new Error(`no workload is called ${name}: take one of ${allWorkloadNames.join(', ')}, all, or another size`)
  const bodyBytes = Number(size) * (unit === 'k' ? 1024 : 1)
  const number = Number(count)
  if (isRecovery || verb === 'catch-up')
    return { kind: verb as LoneWorkload['kind'], name, bodyBytes, inFlight: isRecovery ? 0 : number }
  const base = loadWorkload('send', name, bodyBytes, number)
  switch (verb) {
    case 'batch':
      return { ...base, batch: messagesPerBatch }
    case 'read':
      return { ...base, kind: 'read' }
    case 'tail':
      return { ...base, kind: 'tail' }
    case 'fan':
      return { ...base, kind: 'tail', inFlight: fanOutInFlight, groups: number }
    case 'pop':
      return { ...base, kind: 'tail', special: 'pop' }
    case 'delay':
    case 'timer':
      return { ...base, kind: 'tail', inFlight: rateInFlight, ratePerSecond: number, special: verb }
    case 'transaction':
      return { ...base, special: 'transaction' }
    case 'rate':
      return { ...base, kind: 'tail', inFlight: rateInFlight, ratePerSecond: number }
    default:
      return {
        ...base,
        client: java === undefined ? 'raw' : 'java',
        queues: Number(more.queues ?? topicQueues),
        connections: Number(more.connections ?? connections),
      }
  }
}
