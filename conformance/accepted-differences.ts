/** A difference between CometMQ and Apache RocketMQ that is there on purpose. */
export interface AcceptedDifference {
  readonly scenario: string
  /** The fact that differs. */
  readonly fact: string
  /** Why CometMQ does it differently: a sentence for COMPAT.md. */
  readonly reason: string
}

const namesLimit = 'A refusal says which limit was reached, by the name of its setting, and what to do'

export const acceptedDifferences: readonly AcceptedDifference[] = [
  ...['async.namesLimit', 'sync.namesLimit'].map((fact) => ({ scenario: 'busy-sends', fact, reason: namesLimit })),
  ...['busy-pulls', 'busy-disk', 'light-queue-quota'].map((scenario) => ({
    scenario,
    fact: 'namesLimit',
    reason: namesLimit,
  })),
  {
    scenario: 'transaction-delay',
    fact: 'consumed',
    reason:
      'A delay level of a transaction begins with its commit. Apache delays the half message, and what was committed of it is discarded when the delay is over',
  },
  ...['11 !fallen GROUP_GET_FALL_SIZE AF1 AFG', '12 !fallen GROUP_GET_FALL_TIME AF1 AFG'].map((fact) => ({
    scenario: 'admin-slow',
    fact,
    reason:
      'How far a group reads behind is among the statistics by name; Apache keeps it, and tells it in its log alone',
  })),
  {
    scenario: 'pop-kill-9',
    fact: 'acknowledgedAgain',
    reason:
      'What was popped and acknowledged before a crash is not popped again; Apache begins at the offset that it wrote last, up to 5 s before',
  },
  {
    scenario: 'pop-kill-9',
    fact: 'early',
    reason:
      'What was popped before a crash is not given to others before its time is over; Apache begins at the offset that it wrote last, up to 5 s before',
  },
  {
    scenario: 'admin-servers',
    fact: '11 updateBrokerConfig -b @broker -k noSuchProperty -v 1',
    reason: 'A property that has no effect is refused and not silently ignored',
  },
  {
    scenario: 'admin-static-topics',
    fact: '01 updateStaticTopic -c DefaultCluster -t AL1 -qn 4',
    reason: 'There are no static (logical) topics: they are refused, and the remark says what to do instead',
  },
  {
    scenario: 'admin-static-topics',
    fact: '02 topicRoute -t AL1',
    reason: 'A static topic that was refused does not exist, also not as an ordinary one',
  },
]
