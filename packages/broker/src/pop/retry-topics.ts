import { retryTopicOf, retryTopicPrefix } from '@cometmq/protocol/message'

/** Where a popped message is: `0` in the topic that was asked for, `1` and `2` in a retry topic of the group, by the two ways of naming it. */
export type RetryFlag = '0' | '1' | '2'

/** `%RETRY%<group>_<topic>`: of the messages that a group popped from a topic and did not acknowledge. The usual name. */
export const popRetryTopicV1 = (group: string, topic: string): string => retryTopicOf(`${group}_${topic}`)
/** `%RETRY%<group>+<topic>`: with `enableRetryTopicV2`; a name that says for certain where group and topic begin. */
export const popRetryTopicV2 = (group: string, topic: string): string => retryTopicOf(`${group}+${topic}`)

export function retryFlagOf(topic: string, group: string): RetryFlag {
  if (!topic.startsWith(retryTopicPrefix)) return '0'
  return topic.startsWith(popRetryTopicV2(group, '')) ? '2' : '1'
}

/** The topic that messages with this flag are in. */
export function realTopicOf(topic: string, group: string, flag: RetryFlag): string {
  if (flag === '1') return popRetryTopicV1(group, topic)
  return flag === '2' ? popRetryTopicV2(group, topic) : topic
}

/** The topic that a retry topic of the group belongs to; the topic itself when it is no such retry topic. */
export function originTopicOf(topic: string, group: string): string {
  for (const prefix of [popRetryTopicV2(group, ''), popRetryTopicV1(group, '')])
    if (topic.startsWith(prefix)) return topic.slice(prefix.length)
  return topic
}
