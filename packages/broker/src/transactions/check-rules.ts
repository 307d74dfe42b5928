import { propertyNames, propertyOf, type StoredMessage } from '@cometmq/protocol/message'
import type { BrokerOptions } from '../options.ts'
import { targetOf } from './half-message.ts'

export type CheckRules = Pick<BrokerOptions, 'transactionTimeoutMs' | 'transactionChecks'>

/**
 * What becomes of an open half message: it is too young, and with it all behind it; it is given up; or it is appended again with some properties, because its producer
 * wants not to be asked yet (`immune`) or to ask it (`check`). `firstOffset`: where it was before it was appended again as immune.
 */
export type Verdict =
  | { readonly kind: 'waits' }
  | { readonly kind: 'unresolved' }
  | {
      readonly kind: 'immune' | 'check'
      readonly firstOffset: number | undefined
      readonly changes: Readonly<Record<string, string>>
    }

/**
 * Ages count from the birth of the message, by the clock of its producer: of one from the future nothing is known, and it is checked. Above `reservedMs`
 * it is given up.
 */
export function verdictOn(half: StoredMessage, now: number, rules: CheckRules, reservedMs: number): Verdict {
  const { properties, queueOffset } = half
  const ageMs = now - half.bornTimestamp
  const checks = integerOf(propertyOf(properties, propertyNames.TRANSACTION_CHECK_TIMES)) ?? 0
  if (checks >= rules.transactionChecks || ageMs > reservedMs || targetOf(properties) === undefined)
    return { kind: 'unresolved' }
  const firstOffset = integerOf(propertyOf(properties, propertyNames.TRAN_PREPARED_QUEUE_OFFSET))
  if (propertyOf(properties, propertyNames.CHECK_IMMUNITY_TIME_IN_SECONDS) !== undefined) {
    // Differs: being immune does not count as a check. Apache counts, and gives up after 15 rounds however long the immunity is.
    if (ageMs <= immunityMsOf(properties, rules)) {
      const changes = { [propertyNames.TRAN_PREPARED_QUEUE_OFFSET]: String(firstOffset ?? queueOffset) }
      return { kind: 'immune', firstOffset, changes }
    }
  } else if (ageMs >= 0 && ageMs <= rules.transactionTimeoutMs) return { kind: 'waits' }
  return { kind: 'check', firstOffset, changes: { [propertyNames.TRANSACTION_CHECK_TIMES]: String(checks + 1) } }
}

/** How long a producer wants not to be asked. */
export function immunityMsOf(
  properties: string,
  { transactionTimeoutMs }: Pick<CheckRules, 'transactionTimeoutMs'>,
): number {
  const seconds = integerOf(propertyOf(properties, propertyNames.CHECK_IMMUNITY_TIME_IN_SECONDS))
  return seconds === undefined ? transactionTimeoutMs : seconds * 1_000
}

function integerOf(text: string | undefined): number | undefined {
  const value = Number(text)
  return text !== undefined && text !== '' && Number.isSafeInteger(value) && value >= 0 ? value : undefined
}
