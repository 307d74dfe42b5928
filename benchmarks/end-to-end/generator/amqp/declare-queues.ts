import { LoadConnection, smallInboxBytes } from '../connection.ts'
import { closeReason, cutAmqpFrame, declareQueue, greeting, method, methodOf } from './protocol.ts'

const answerWithinMs = 30_000

/** Declares durable queues on a connection of its own. One that is there and alike is no error. */
export async function declareQueues(
  host: string,
  port: number,
  queues: readonly string[],
  type: string,
): Promise<void> {
  const declared = Promise.withResolvers<void>()
  // A connection that cannot be made says so itself, before anybody waits for this.
  declared.promise.catch(() => {})
  let left = queues.length
  const endpoint = { host, port, outboxBytes: 0, inboxBytes: smallInboxBytes, cut: cutAmqpFrame }
  const connection = await LoadConnection.open(endpoint, {
    onFrame: (bytes, at) => {
      const which = methodOf(bytes, at)
      if (which === method.connectionClose || which === method.channelClose)
        throw new Error(`RabbitMQ closed: ${closeReason(bytes, at)}`)
      if (which === method.queueDeclareOk) left -= 1
      if (left === 0) declared.resolve()
    },
    onDrained: () => {},
    onFailure: (error) => declared.reject(error),
  })
  const late = () => declared.reject(new Error(`queues were not declared within ${answerWithinMs / 1000} s`))
  const timer = setTimeout(late, answerWithinMs)
  try {
    connection.write(Buffer.concat([greeting(), ...queues.map((queue) => declareQueue(queue, type))]))
    await declared.promise
  } finally {
    clearTimeout(timer)
    connection.close()
  }
}
