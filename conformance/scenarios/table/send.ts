import type { Scenario } from '../scenario.ts'

export const sends: readonly Scenario[] = [
  { name: 'sync-send', title: 'Synchronous send', area: 'send', client: 'java' },
  { name: 'async-send', title: 'Asynchronous send, 256 in flight', area: 'send', client: 'java' },
  { name: 'oneway-send', title: 'One-way send', area: 'send', client: 'java' },
  { name: 'batch-send', title: 'Batches', area: 'send', client: 'java' },
  {
    name: 'selector-send',
    title: 'Queue selector: one key, one queue, in order',
    area: 'send',
    client: 'java',
    expected: { ordered: true, oneQueuePerKey: true },
  },
  { name: 'auto-create-topic', title: 'Topics are created by the first send', area: 'send', client: 'java' },
]
