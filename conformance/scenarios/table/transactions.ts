import type { Scenario } from '../scenario.ts'

export const transactions: readonly Scenario[] = [
  {
    name: 'transaction-commit',
    title: 'Committed transactions are consumed, with what they were sent with',
    area: 'transactions',
    client: 'java',
    expected: { allConsumed: true },
  },
  {
    name: 'transaction-rollback',
    title: 'Rolled back and open transactions are not consumed, and hold up nobody',
    area: 'transactions',
    client: 'java',
    expected: { seen: 0, othersConsumed: true },
  },
  {
    name: 'transaction-check',
    title: 'A producer that does not know yet is asked again, until it commits or rolls back',
    area: 'transactions',
    client: 'java',
    expected: { allAskedTwice: true, committedConsumed: true },
  },
  {
    name: 'transaction-failover',
    title: 'Another producer of the group answers for one whose connection broke',
    area: 'transactions',
    client: 'java',
    expected: { consumed: true, otherAsked: true },
  },
  {
    name: 'transaction-delay',
    title: 'A delay level of a transaction begins with its commit',
    area: 'transactions',
    client: 'java',
    bounds: { delayedMs: 20_000 },
    expected: { committed: 0, early: false },
    promised: { consumed: true },
  },
  {
    name: 'transaction-refusals',
    title: 'Decisions that are refused, with the same codes',
    area: 'transactions',
    client: 'java',
  },
]
