import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { maxTableValues } from './limits.ts'
import { flag, list, maybe, orElse, text } from './shapes.ts'
import { subscriptionDataShape } from './subscription-data.ts'
import { subscriptionGroupShape } from './subscription-group.ts'
import { topicConfigShape } from './topic-config.ts'

const large = { maxValues: maxTableValues }

const groupListShape = v.object({ groupList: list(text) })
export type GroupList = v.InferOutput<typeof groupListShape>
export const groupList: BodyCodec<GroupList> = json<GroupList>('GroupList', groupListShape, large)

const groupConfigListShape = v.object({ groupConfigList: list(subscriptionGroupShape) })
export type GroupConfigList = v.InferOutput<typeof groupConfigListShape>
export const groupConfigList: BodyCodec<GroupConfigList> = json<GroupConfigList>(
  'SubscriptionGroupList',
  groupConfigListShape,
  large,
)

const topicConfigListShape = v.object({ topicConfigList: list(topicConfigShape) })
/** The attributes of a topic carry the sign of the change here: `+message.type`. */
export type TopicConfigList = v.InferOutput<typeof topicConfigListShape>
export const topicConfigList: BodyCodec<TopicConfigList> = json<TopicConfigList>(
  'CreateTopicListRequestBody',
  topicConfigListShape,
  large,
)

const groupForbiddenShape = v.object({ group: maybe(text), readable: orElse(flag, true), topic: maybe(text) })
/** Whether a group may read a topic. */
export type GroupForbidden = v.InferOutput<typeof groupForbiddenShape>
export const groupForbidden: BodyCodec<GroupForbidden> = json<GroupForbidden>('GroupForbidden', groupForbiddenShape)

const groupSubscriptionShape = v.object({
  group: maybe(text),
  /** Absent when no consumer of the group is connected. */
  subscriptionData: maybe(subscriptionDataShape),
  topic: maybe(text),
})
/** What a group wants of a topic. */
export type GroupSubscription = v.InferOutput<typeof groupSubscriptionShape>
export const groupSubscription: BodyCodec<GroupSubscription> = json<GroupSubscription>(
  'QuerySubscriptionResponseBody',
  groupSubscriptionShape,
)
