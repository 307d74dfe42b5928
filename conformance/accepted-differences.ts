/** A difference between CometMQ and Apache RocketMQ that is there on purpose. */
export interface AcceptedDifference {
  readonly scenario: string
  /** The fact that differs. */
  readonly fact: string
  /** Why CometMQ does it differently: a sentence for COMPAT.md. */
  readonly reason: string
}

export const acceptedDifferences: readonly AcceptedDifference[] = []
