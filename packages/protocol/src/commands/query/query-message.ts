import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** QUERY_MESSAGE: messages by key, unique key or tag, as records one behind the other in the answer's body. */
export const queryMessage = defineCommand({
  code: 12,
  name: 'QUERY_MESSAGE',
  action: 'get',
  request: {
    topic: string({ resource: 'topic' }),
    key: string(),
    maxNum: int32(),
    /** Store times in milliseconds since the Unix epoch, both included. */
    beginTimestamp: int64(),
    endTimestamp: int64(),
    /** `K` keys, `U` unique key, `T` tags. Clients before 5.4 do not send it and mean keys. */
    indexType: string({ optional: true }),
    /** Where to go on in an index of another kind than ours; not looked at. */
    lastKey: string({ optional: true }),
    /** True: `key` is a unique key, whatever `indexType` says. */
    isUniqueKey: boolean({ wire: '_UNIQUE_KEY_QUERY', default: false }),
  },
  response: {
    /** Store time and log offset of the last message that is indexed. */
    indexLastUpdateTimestamp: int64(),
    indexLastUpdatePhyoffset: int64(),
  },
})
export type QueryMessageRequest = RequestOf<typeof queryMessage>
export type QueryMessageResponse = ResponseOf<typeof queryMessage>
