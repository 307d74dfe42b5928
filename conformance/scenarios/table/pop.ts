import type { Scenario } from '../scenario.ts'

export const pop: readonly Scenario[] = [
  {
    name: 'pop-push',
    title: 'POP push consumers of one group share all queues, and none of the messages is lost',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { lost: 0, allPopped: true },
  },
  {
    name: 'pop-retry',
    title: 'A message whose listener fails comes again to a POP push consumer',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { again: true, sameTopic: true },
  },
  {
    name: 'pop-again',
    title: 'What was popped and not acknowledged comes again, marked as such; what was acknowledged does not',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { again: true },
  },
  {
    name: 'pop-kill-9',
    title: 'Popped before kill -9: what was not acknowledged comes again when its time is over, and what was does not',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    server: 'limited',
    expected: { allAgain: true, inRetryTopic: true, lost: 0, 'push.lost': 0, 'push.again.lost': 0 },
    promised: { early: 0, acknowledgedAgain: 0 },
  },
  {
    name: 'pop-order',
    title: 'Popped in order: one batch at a time, attempts, counts, offsets',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { after: true },
  },
  {
    name: 'pop-handles',
    title: 'Pop, acknowledge, change the invisible time, be notified: fields and codes',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
  },
  {
    name: 'pop-assignment',
    title: 'Queues that the broker allots, to pull and to pop',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
  },
  {
    name: 'pop-refusals',
    title: 'POP requests that are refused, with the same codes',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
  },
]

export const priorityPop: readonly Scenario[] = [
  {
    name: 'priority-pop',
    title: 'In a topic of priorities a pop begins with the highest, as often as `priority.factor` says',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { popped: [3, 2, 1, 0] },
  },
  {
    name: 'priority-push',
    title: 'A POP push consumer is given what has waited by its priority',
    area: 'pop',
    client: 'java',
    only: 'java-5.5.0',
    expected: { allSeen: true, order: [3, 2, 1, 0] },
  },
]
