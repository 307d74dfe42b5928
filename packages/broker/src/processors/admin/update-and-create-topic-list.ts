import { isDeepStrictEqual } from 'node:util'
import { updateAndCreateTopicList } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import { alteredAttributes } from '../../topics/topic-attributes.ts'
import { checkedTopic, type WantedTopicDeps } from '../../topics/wanted-topic.ts'

/**
 * UPDATE_AND_CREATE_TOPIC_LIST: several topics at once; none is changed when one is refused.
 * Differs: a topic that is so already does not keep the others from being stored, as it does in Apache RocketMQ 5.5.0.
 */
export const updateTopics = handle(
  updateAndCreateTopicList,
  (deps: WantedTopicDeps) =>
    async (_request, { topicConfigList }) => {
      const wanted = topicConfigList.map((topic) =>
        checkedTopic(deps, topic, (current) => alteredAttributes(current, Object.entries(topic.attributes))),
      )
      const changed = wanted.filter((topic) => !isDeepStrictEqual(deps.topics.get(topic.topicName), topic))
      if (changed.length > 0) await deps.topics.put(...changed)
      return {}
    },
)
