import { responseCode } from '@cometmq/protocol'
import { type QueryMessageRequest, queryMessage } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { KeyKind, MessageStore } from '@cometmq/store'
import type { BrokerOptions } from '../options.ts'

export interface QueryDeps {
  store: MessageStore
  options: BrokerOptions
}

/** QUERY_MESSAGE: the newest messages with a key, a unique key or a tag. */
export const query = handle(queryMessage, ({ store, options }: QueryDeps) => async (request) => {
  const { topic, key, isUniqueKey, beginTimestamp: begin, endTimestamp: end } = request
  const maxMessages = isUniqueKey ? options.maxUniqueKeyMessages : request.maxNum
  const result = await store.query({ topic, key, kind: kindOf(request), maxMessages, begin, end })
  if (result.records.length === 0) throw notFound(request, store, result.isComplete)
  return {
    fields: {
      indexLastUpdateTimestamp: result.indexLastUpdateTimestamp,
      indexLastUpdatePhyoffset: result.indexLastUpdateOffset,
    },
    bytes: result.records,
  }
})

/** What RocketMQ does not know, it takes for keys. */
function kindOf({ isUniqueKey, indexType }: QueryMessageRequest): KeyKind {
  if (isUniqueKey || indexType === 'U') return 'uniqueKey'
  return indexType === 'T' ? 'tag' : 'key'
}

const nounOf: Readonly<Record<KeyKind, string>> = { key: 'key', uniqueKey: 'unique key', tag: 'tag' }

function notFound(request: QueryMessageRequest, store: MessageStore, isComplete: boolean): Refusal {
  const { topic, key, maxNum, beginTimestamp, endTimestamp } = request
  const { indexBehindBytes } = store.state
  const range = `stored from ${beginTimestamp} to ${endTimestamp}`
  const searched = `no message of topic ${topic} with the ${nounOf[kindOf(request)]} "${key.slice(0, 200)}" ${range} is in the key index`
  const why = [
    ...(indexBehindBytes > 0 ? [`${indexBehindBytes} bytes of the log are not indexed yet, try again later`] : []),
    ...(isComplete ? [] : ['the index was not searched to its end: give a shorter range of time']),
    ...(maxNum <= 0 && !request.isUniqueKey ? [`maxNum is ${maxNum}`] : []),
  ]
  return new Refusal(
    responseCode.QUERY_NOT_FOUND,
    `can not find message, maybe time range not correct: ${[searched, ...why].join('; ')}`,
  )
}
