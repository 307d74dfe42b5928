import type { Scenario } from '../scenario.ts'

export const delayLevels: readonly Scenario[] = [
  {
    name: 'delay-levels',
    title: 'Messages of a delay level come when it has passed, and not before',
    area: 'timers',
    client: 'java',
    expected: { early: 0 },
  },
]

export const delayLevelsConfigured: readonly Scenario[] = [
  {
    name: 'delay-levels-configured',
    title: 'Delays of `messageDelayLevel`; a level beyond the last is the last',
    area: 'timers',
    client: 'java',
    server: 'limited',
    expected: { early: 0, lost: 0 },
  },
]

export const timers: readonly Scenario[] = [
  {
    name: 'timer-delivery',
    title: 'Messages come at a time of their own, and not before',
    area: 'timers',
    client: 'java',
    expected: { allConsumed: true, early: [], twice: 0 },
  },
  {
    name: 'timer-recall',
    title: 'A message that waits is taken back; what is refused',
    area: 'timers',
    client: 'java',
    expected: { recalled: true, othersConsumed: true, seen: ['k1', 'k3'] },
  },
  {
    name: 'timer-figures',
    title: 'How far timers are, and how many wait for each topic, as a slave asks for it',
    area: 'timers',
    client: 'java',
    expected: { allWait: true, oneCame: true, readOn: true },
  },
  { name: 'timer-refusals', title: 'Times that are refused, with the same codes', area: 'timers', client: 'java' },
]
