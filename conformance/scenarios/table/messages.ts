import type { Scenario } from '../scenario.ts'

export const traces: readonly Scenario[] = [
  {
    name: 'message-trace',
    title: 'What producer and consumer trace of a message is found by its id',
    area: 'messages',
    client: 'java',
    expected: { consumed: true, traced: true },
  },
]

export const priorityQueues: readonly Scenario[] = [
  {
    name: 'priority-queues',
    title: 'The queue of a message is its priority; a delayed or an ordered message has none',
    area: 'messages',
    client: 'java',
    only: 'java-5.5.0',
  },
]

export const contents: readonly Scenario[] = [
  {
    name: 'large-bodies',
    title: 'Bodies of 1 MiB and 4 MiB; larger ones are refused',
    area: 'messages',
    client: 'java',
  },
  {
    name: 'compressed-body',
    title: 'Bodies that the client compresses, with zlib, LZ4 and Zstandard',
    area: 'messages',
    client: 'java',
  },
  { name: 'long-strings', title: 'Long topic names and property values', area: 'messages', client: 'java' },
  {
    name: 'unicode-properties',
    title: 'Many properties, text of all planes of Unicode',
    area: 'messages',
    client: 'java',
  },
]
