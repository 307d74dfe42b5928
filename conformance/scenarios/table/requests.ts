import type { Scenario } from '../scenario.ts'

export const requests: readonly Scenario[] = [
  {
    name: 'request-reply',
    title: 'Requests that consumers answer: synchronous, asynchronous, too late',
    area: 'requests',
    client: 'java',
    expected: { sync: 20, async: 20, large: 50_000, refused: [] },
  },
  {
    name: 'request-refusals',
    title: 'Replies that are refused, with the same codes',
    area: 'requests',
    client: 'java',
  },
]
