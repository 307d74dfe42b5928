import { responseCode } from '@cometmq/protocol'
import { type EndTransactionRequest, endTransaction } from '@cometmq/protocol/commands'
import {
  decodeRecord,
  propertyNames,
  propertyOf,
  type StoredMessage,
  sysFlag,
  systemTopics,
} from '@cometmq/protocol/message'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import { statusCodes } from '../messaging/received-message.ts'
import { refusalOf } from '../messaging/refusals.ts'
import type { BrokerOptions } from '../options.ts'
import { type TimerRules, timed } from '../timer/timer-properties.ts'
import { immunityMsOf } from '../transactions/check-rules.ts'
import type { Decisions } from '../transactions/decisions.ts'
import { committedOf } from '../transactions/half-message.ts'

export interface EndTransactionDeps extends TimerRules {
  store: MessageStore
  decisions: Decisions
  options: BrokerOptions
  /** How many delay levels there are. */
  delayLevels: number
}

/**
 * END_TRANSACTION: a producer has decided. A commit stores the message where its consumers see it, and is answered when that has the promise of the flush mode; a
 * decision of either kind is noted. Source: EndTransactionProcessor of Apache RocketMQ.
 *
 * Differs: who does not know yet is answered SUCCESS, and not at all by Apache; the request is oneway with all clients.
 */
export const decide = handle(endTransaction, (deps: EndTransactionDeps) => async (request) => {
  const { commitOrRollback } = request
  if (commitOrRollback !== sysFlag.TRANSACTION_COMMIT && commitOrRollback !== sysFlag.TRANSACTION_ROLLBACK) return {}
  const half = await halfMessageOf(deps, request)
  refuseWhatIsLate(deps, request, half)
  const isCommit = commitOrRollback === sysFlag.TRANSACTION_COMMIT
  const act = isCommit ? () => commit(deps, half) : async () => responseCode.SUCCESS
  return { code: await deps.decisions.decide(half.queueOffset, act) }
})

async function halfMessageOf({ store }: EndTransactionDeps, request: EndTransactionRequest): Promise<StoredMessage> {
  const { commitLogOffset, producerGroup, tranStateTableOffset } = request
  const record = commitLogOffset < 0 ? undefined : await store.recordAt(commitLogOffset)
  const half = record === undefined ? undefined : decodeRecord(record, 0)
  if (half === undefined || half.topic !== systemTopics.TRANS_HALF)
    throw wrong(`Find prepared transaction message failed: the log has no half message at ${commitLogOffset}`)
  const group = propertyOf(half.properties, propertyNames.PGROUP)
  if (group !== producerGroup)
    throw wrong(
      `The producer group wrong: the half message at ${commitLogOffset} is of ${group ?? 'no group'}, not of ${producerGroup}`,
    )
  if (half.queueOffset !== tranStateTableOffset)
    throw wrong(
      `The transaction state table offset wrong: the half message at ${commitLogOffset} is number ${half.queueOffset} of its queue, not ${tranStateTableOffset}`,
    )
  return half
}

const wrong = (remark: string) => new Refusal(responseCode.SYSTEM_ERROR, remark)

/** Whoever asked not to be checked for some time has to decide within it, or to wait to be asked. */
function refuseWhatIsLate(
  { options, clock }: EndTransactionDeps,
  request: EndTransactionRequest,
  half: StoredMessage,
): void {
  const { properties, bornTimestamp } = half
  if (
    request.fromTransactionCheck ||
    propertyOf(properties, propertyNames.CHECK_IMMUNITY_TIME_IN_SECONDS) === undefined
  )
    return
  const allowedMs = Math.max(immunityMsOf(properties, options), options.transactionTimeoutMs)
  const ageMs = clock.now() - bornTimestamp
  if (ageMs <= allowedMs) return
  throw new Refusal(
    responseCode.ILLEGAL_OPERATION,
    `the transaction is ${ageMs} ms old and was to be decided within ${allowedMs} ms (${propertyNames.CHECK_IMMUNITY_TIME_IN_SECONDS}); the producer is asked about it`,
  )
}

async function commit(deps: EndTransactionDeps, half: StoredMessage): Promise<number> {
  const { store, delayLevels } = deps
  const message = committedOf(half, delayLevels)
  if (message === undefined)
    throw wrong(`the half message at ${half.physicalOffset} does not say where it belongs (REAL_TOPIC, REAL_QID)`)
  // A time of its own counts from the commit on, as a delay level does.
  const wait = message.topic === systemTopics.SCHEDULE ? undefined : timed(message, deps)
  try {
    return statusCodes[(await store.put(wait?.message ?? message)).status]
  } catch (error) {
    throw refusalOf(error)
  }
}
