import { getSystemTopicListFromBroker } from '@cometmq/protocol/commands/admin'
import { isSystemTopic } from '@cometmq/protocol/message'
import { handle } from '@cometmq/remoting'
import type { BrokerOptions } from '../../options.ts'
import { builtInTopics } from '../../topics/built-in-topics.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

/** GET_SYSTEM_TOPIC_LIST_FROM_BROKER: the topics that are RocketMQ's own. */
export const systemTopicList = handle(
  getSystemTopicListFromBroker,
  ({ topics, options }: { topics: TopicTable; options: BrokerOptions }) => {
    const builtIn = builtInTopics(options).map(({ topicName }) => topicName)
    return () => {
      const stored = Array.from(topics.all(), ({ topicName }) => topicName).filter(isSystemTopic)
      return { body: { brokerAddr: undefined, topicList: [...new Set([...builtIn, ...stored])] } }
    }
  },
)
