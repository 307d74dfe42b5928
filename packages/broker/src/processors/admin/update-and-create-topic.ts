import { isDeepStrictEqual } from 'node:util'
import { updateAndCreateTopic } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import { changedAttributes } from '../../topics/topic-attributes.ts'
import { checkedTopic, type WantedTopicDeps } from '../../topics/wanted-topic.ts'

/** UPDATE_AND_CREATE_TOPIC: an administrator makes a topic or changes one. What is so already is not written again. */
export const updateTopic = handle(updateAndCreateTopic, (deps: WantedTopicDeps) => async (request) => {
  const { topic: topicName, readQueueNums, writeQueueNums, perm, topicFilterType, topicSysFlag, order } = request
  const wanted = checkedTopic(
    deps,
    {
      topicName,
      readQueueNums,
      writeQueueNums,
      perm,
      topicFilterType: topicFilterType === 'MULTI_TAG' ? 'MULTI_TAG' : 'SINGLE_TAG',
      topicSysFlag: topicSysFlag ?? 0,
      order,
    },
    (current) => changedAttributes(current, request.attributes ?? ''),
  )
  if (!isDeepStrictEqual(deps.topics.get(topicName), wanted)) await deps.topics.put(wanted)
  return {}
})
