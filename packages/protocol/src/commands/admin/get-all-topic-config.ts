import { topicConfigTable } from '../../bodies/register-broker.ts'
import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { int32, string } from '../../fields.ts'

/** GET_ALL_TOPIC_CONFIG: all topics of a broker, or, with any of the fields, one page of them. */
export const getAllTopicConfig = defineCommand({
  code: 21,
  name: 'GET_ALL_TOPIC_CONFIG',
  action: 'list',
  request: {
    topicSeq: int32({ optional: true }),
    /** The DataVersion of the page before, as JSON. */
    dataVersion: string({ optional: true }),
    maxTopicNum: int32({ optional: true }),
  },
  response: { totalTopicNum: int32({ optional: true }) },
  responseBody: topicConfigTable,
})
export type GetAllTopicConfigRequest = RequestOf<typeof getAllTopicConfig>
export type GetAllTopicConfigResponse = ResponseOf<typeof getAllTopicConfig>
