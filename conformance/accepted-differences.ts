/** A difference between CometMQ and Apache RocketMQ that is there on purpose. */
export interface AcceptedDifference {
  readonly scenario: string
  /** The fact that differs. */
  readonly fact: string
  /** Why CometMQ does it differently: a sentence for COMPAT.md. */
  readonly reason: string
}

export const acceptedDifferences: readonly AcceptedDifference[] = [
  {
    scenario: 'transaction-delay',
    fact: 'consumed',
    reason:
      'A delay level of a transaction begins with its commit. Apache delays the half message, and what was committed of it is discarded when the delay is over',
  },
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
