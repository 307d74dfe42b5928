import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { dataVersionShape } from './data-version.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { flag, int32, int64, list, maybe, oneOfOrElse, orElse, table, text } from './shapes.ts'

const retryPolicyShape = v.object({
  customizedRetryPolicy: maybe(v.object({ next: list(int64) })),
  exponentialRetryPolicy: maybe(
    v.object({ initial: orElse(int64, 5_000), max: orElse(int64, 7_200_000), multiplier: orElse(int64, 2) }),
  ),
  type: oneOfOrElse(['EXPONENTIAL', 'CUSTOMIZED'], 'CUSTOMIZED'),
})

const simpleSubscriptionShape = v.object({
  expression: maybe(text),
  expressionType: maybe(text),
  topic: maybe(text),
  version: orElse(int64, 0),
})

export const subscriptionGroupShape = v.object({
  attributes: table(text),
  brokerId: orElse(int64, 0),
  consumeBroadcastEnable: orElse(flag, true),
  consumeEnable: orElse(flag, true),
  consumeFromMinEnable: orElse(flag, true),
  consumeMessageOrderly: orElse(flag, false),
  consumeTimeoutMinute: orElse(int32, 15),
  groupName: text,
  groupRetryPolicy: orElse(retryPolicyShape, { type: 'CUSTOMIZED' }),
  groupSysFlag: orElse(int32, 0),
  notifyConsumerIdsChangedEnable: orElse(flag, true),
  retryMaxTimes: orElse(int32, 16),
  retryQueueNums: orElse(int32, 1),
  subscriptionDataSet: maybe(list(simpleSubscriptionShape)),
  whichBrokerWhenConsumeSlowly: orElse(int64, 1),
})
/** The settings of a consumer group. */
export type SubscriptionGroupConfig = v.InferOutput<typeof subscriptionGroupShape>
export const subscriptionGroupConfig: BodyCodec<SubscriptionGroupConfig> = json<SubscriptionGroupConfig>(
  'SubscriptionGroupConfig',
  subscriptionGroupShape,
)

/** The settings of a group about which nobody has said anything. */
export function subscriptionGroupDefaults(groupName: string): SubscriptionGroupConfig {
  return v.parse(subscriptionGroupShape, { groupName })
}

export const subscriptionGroupTableShape = v.object({
  dataVersion: maybe(dataVersionShape),
  /** Group → topic → bits; 1 forbids reading. */
  forbiddenTable: table(table(int32)),
  subscriptionGroupTable: table(subscriptionGroupShape),
})
/** All groups of a broker: `subscriptionGroup.json`, and the answer to GET_ALL_SUBSCRIPTIONGROUP_CONFIG. */
export type SubscriptionGroupTable = v.InferOutput<typeof subscriptionGroupTableShape>
export const subscriptionGroupTable: BodyCodec<SubscriptionGroupTable> = json<SubscriptionGroupTable>(
  'SubscriptionGroupWrapper',
  subscriptionGroupTableShape,
  { maxValues: maxTableValues },
)
