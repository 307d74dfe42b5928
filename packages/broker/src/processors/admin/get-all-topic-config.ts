import { getAllTopicConfig } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { TopicTable } from '../../topics/topic-table.ts'
import { pageOf } from './paging.ts'

/** GET_ALL_TOPIC_CONFIG: the topics of this broker. */
export const allTopics = handle(getAllTopicConfig, ({ topics }: { topics: TopicTable }) => (request) => {
  const { topicSeq, dataVersion, maxTopicNum } = request
  const page = { seq: topicSeq, dataVersion, max: maxTopicNum }
  const { table, total } = pageOf(topics.all(), ({ topicName }) => topicName, page, topics.dataVersion)
  return {
    fields: { totalTopicNum: total },
    body: {
      dataVersion: topics.dataVersion,
      mappingDataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
      topicConfigTable: table,
      topicQueueMappingDetailMap: {},
      topicQueueMappingInfoMap: {},
    },
  }
})
