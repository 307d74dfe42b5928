import type { Scenario } from '../scenario.ts'

export const deadLetters: readonly Scenario[] = [
  {
    name: 'dead-letters',
    title: 'A message that failed as often as it may goes to the dead letters of its group',
    area: 'consume',
    client: 'java',
    expected: { 'buried.duplicates': 0 },
  },
]

export const retries: readonly Scenario[] = [
  { name: 'retry-after-failure', title: 'A message whose listener fails comes again', area: 'consume', client: 'java' },
  {
    name: 'retry-resent',
    title: 'When the broker refuses to take a failed message back, the client sends it to the retry topic itself',
    area: 'consume',
    client: 'java',
    expected: { early: 0 },
  },
]

export const filters: readonly Scenario[] = [
  { name: 'tag-filter', title: 'Tag filters, also with tags whose hashes collide', area: 'consume', client: 'java' },
  { name: 'sql-filter', title: 'SQL92 filters, and an expression that is none', area: 'consume', client: 'java' },
]

export const pushes: readonly Scenario[] = [
  { name: 'push-concurrent', title: 'Push consumer, concurrent listener', area: 'consume', client: 'java' },
  {
    name: 'push-orderly',
    title: 'Push consumer, orderly listener',
    area: 'consume',
    client: 'java',
    expected: { overlaps: 0, disorders: 0 },
  },
  {
    name: 'orderly-retry',
    title: 'A failing message holds its queue and comes again in order',
    area: 'consume',
    client: 'java',
  },
  {
    name: 'topic-priority',
    title: 'Topics for what is urgent and what is not: a backlog of the one does not hold up the other',
    area: 'consume',
    client: 'java',
    expected: { urgentSeen: true },
  },
  { name: 'broadcasting', title: 'Broadcasting: every consumer sees every message', area: 'consume', client: 'java' },
  {
    name: 'restart-at-committed',
    title: 'A restarted consumer goes on at its committed offsets',
    area: 'consume',
    client: 'java',
  },
]

export const pushLatency: readonly Scenario[] = [
  {
    name: 'push-latency',
    title: 'A waiting push consumer sees a message within milliseconds of its send',
    area: 'consume',
    client: 'java',
    alone: true,
    bounds: { medianMs: 5 },
  },
]
