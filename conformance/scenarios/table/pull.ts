import type { Scenario } from '../scenario.ts'

export const pulls: readonly Scenario[] = [
  { name: 'pull-consumer', title: 'Pull consumer: statuses, offsets, tags', area: 'pull', client: 'java' },
  {
    name: 'pull-block',
    title: 'A pull that waits is answered when a message arrives',
    area: 'pull',
    client: 'java',
    alone: true,
    bounds: { answeredMs: 250 },
  },
  { name: 'lite-pull-subscribe', title: 'Lite pull consumer, subscribing', area: 'pull', client: 'java' },
  { name: 'lite-pull-assign', title: 'Lite pull consumer, assigned queues and seek', area: 'pull', client: 'java' },
]
