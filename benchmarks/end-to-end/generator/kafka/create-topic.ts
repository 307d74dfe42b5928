import { LoadConnection, smallInboxBytes } from '../connection.ts'
import { createTopicError, createTopicRequest, cutKafkaFrame, errorCode } from './protocol.ts'

const answerWithinMs = 30_000

/** Creates a topic on a connection of its own; one that is there is no error. */
export async function createKafkaTopic(host: string, port: number, topic: string, partitions: number): Promise<void> {
  const created = Promise.withResolvers<void>()
  // A connection that cannot be made says so itself, before anybody waits for this.
  created.promise.catch(() => {})
  const endpoint = { host, port, outboxBytes: 0, inboxBytes: smallInboxBytes, cut: cutKafkaFrame }
  const connection = await LoadConnection.open(endpoint, {
    onFrame: (bytes, at) => {
      const error = createTopicError(bytes, at)
      if (error === errorCode.none || error === errorCode.topicExists) created.resolve()
      else created.reject(new Error(`Kafka does not create ${topic}: error code ${error}`))
    },
    onDrained: () => {},
    onFailure: (error) => created.reject(error),
  })
  const late = () => created.reject(new Error(`${topic} was not created within ${answerWithinMs / 1000} s`))
  const timer = setTimeout(late, answerWithinMs)
  try {
    connection.write(createTopicRequest(topic, partitions))
    await created.promise
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}
