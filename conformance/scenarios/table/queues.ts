import type { Scenario } from '../scenario.ts'

export const lightQueues: readonly Scenario[] = [
  {
    name: 'light-queues',
    title: 'A message in light queues (`%LMQ%`) besides its own, with an offset in each',
    area: 'queues',
    client: 'java',
  },
  {
    name: 'light-queue-quota',
    title: 'More light queues than `maxLmqConsumeQueueNum`: what would make one is refused, what is there goes on',
    area: 'queues',
    client: 'java',
    server: 'limited',
    expected: { lost: 0, strangers: 0 },
    promised: { namesLimit: true },
  },
]

export const offsetsAndQueries: readonly Scenario[] = [
  {
    name: 'queue-offsets',
    title: 'Least, greatest and earliest offset, search by time',
    area: 'queues',
    client: 'java',
  },
  { name: 'query-message', title: 'Messages by key and by unique key', area: 'queues', client: 'java' },
  { name: 'view-message', title: 'A single message by its offset id', area: 'queues', client: 'java' },
]
