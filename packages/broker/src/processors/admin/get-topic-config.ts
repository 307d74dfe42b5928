import { responseCode } from '@cometmq/protocol'
import { getTopicConfig } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { TopicTable } from '../../topics/topic-table.ts'

/** GET_TOPIC_CONFIG: one topic. */
export const topicSettings = handle(getTopicConfig, ({ topics }: { topics: TopicTable }) => ({ topic }) => {
  const config = topics.get(topic)
  if (config === undefined) throw new Refusal(responseCode.TOPIC_NOT_EXIST, `No topic in this broker. topic: ${topic}`)
  return { body: config }
})
