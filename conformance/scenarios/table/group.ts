import type { Scenario } from '../scenario.ts'

/** Far below the 20 s after which a client looks by itself; most of it is the pause of a second that the Java client makes between two rebalances. */
const membershipNoticedMs = 5_000
const both = { joined: true, tookOver: true, secondWorks: true }

export const broadcastForbidden: readonly Scenario[] = [
  {
    name: 'broadcast-forbidden',
    title: 'A group that may not broadcast is refused, until it may',
    area: 'group',
    client: 'java',
    expected: { seenMeanwhile: 0, seen: true },
  },
]

export const members: readonly Scenario[] = [
  {
    name: 'orderly-crash',
    title:
      'An orderly consumer whose connection breaks is replaced when its locks have expired, in order; also where one queue orders all',
    area: 'group',
    client: 'java',
    expected: {
      ...{ bothWork: true, singleWorks: true, otherTakesOver: true, overlaps: 0, disorders: 0 },
      ...{ 'single.overlaps': 0, 'single.disorders': 0, globalOrder: true },
    },
  },
  {
    name: 'orderly-handover',
    title: 'Orderly consumers hand queues over without overlap or gap',
    area: 'group',
    client: 'java',
    expected: { overlaps: 0, disorders: 0 },
  },
  {
    name: 'group-join-leave',
    title: 'A consumer that joins or leaves its group is noticed at once',
    area: 'group',
    client: 'java',
    bounds: { joinMs: membershipNoticedMs, leaveMs: membershipNoticedMs },
    expected: both,
  },
  {
    name: 'group-crash',
    title: 'A consumer whose connection breaks is replaced at once',
    area: 'group',
    client: 'java',
    bounds: { joinMs: membershipNoticedMs, leaveMs: membershipNoticedMs },
    expected: both,
  },
]
