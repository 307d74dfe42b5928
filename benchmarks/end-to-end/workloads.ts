/** A workload's name says all of it: send-1k-64 is 1 KB bodies with 64 sends in flight, read-1k-4 four pulls in flight. */
export interface LoadWorkload {
  readonly kind: 'send' | 'read' | 'tail'
  readonly name: string
  readonly bodyBytes: number
  /** Sends in flight (send, tail) or pulls in flight (read). */
  readonly inFlight: number
}

export interface StartUpWorkload {
  readonly kind: 'start-up'
  readonly name: 'start-up'
}

export type Workload = LoadWorkload | StartUpWorkload

export const topicQueues = 4
export const connections = 4

const bodies = ['128b', '1k']
export const allWorkloadNames: readonly string[] = [
  'start-up',
  ...bodies.flatMap((body) => [1, 8, 64, 512].map((inFlight) => `send-${body}-${inFlight}`)),
  ...bodies.flatMap((body) => [4, 32].map((inFlight) => `read-${body}-${inFlight}`)),
  ...[1, 64].map((inFlight) => `tail-1k-${inFlight}`),
]

export function parseWorkloads(text: string): Workload[] {
  const names = text.split(',').flatMap((name) => (name === 'all' ? allWorkloadNames : [name]))
  return [...new Set(names)].map(parseWorkload)
}

function parseWorkload(name: string): Workload {
  if (name === 'start-up') return { kind: 'start-up', name }
  const match = /^(send|read|tail)-(\d+)(b|k)-(\d+)$/.exec(name)
  if (match === null)
    throw new Error(`no workload is called ${name}: take one of ${allWorkloadNames.join(', ')}, all, or another size`)
  const [, kind, size, unit, inFlight] = match
  const bodyBytes = Number(size) * (unit === 'k' ? 1024 : 1)
  return { kind: kind as LoadWorkload['kind'], name, bodyBytes, inFlight: Number(inFlight) }
}
