import { responseCode } from '@cometmq/protocol'
import { propertyNames, propertyOf } from '@cometmq/protocol/message'
import { Refusal } from '@cometmq/remoting'

/**
 * Lite topics of RocketMQ 5.5 are not served. What asks for one is refused: taken for something else, it would be stored where its consumers do not look, or
 * answered from its parent topic.
 */
export function liteTopicsNotSupported(what: string, code: number = responseCode.REQUEST_CODE_NOT_SUPPORTED): Refusal {
  return new Refusal(code, `lite topics are not supported: ${what}; use an ordinary topic`)
}

/** @throws Refusal when the message is for a lite topic. Clients do not try other brokers for the code. */
export function refuseLiteMessage(topic: string, properties: string): void {
  const name = propertyOf(properties, propertyNames.LITE_TOPIC)
  if (name === undefined) return
  const what = `the message to ${topic} was not stored, since it is for ${name} (${propertyNames.LITE_TOPIC})`
  throw liteTopicsNotSupported(what, responseCode.MESSAGE_ILLEGAL)
}

/** @throws Refusal when a request names a lite topic in the header field `liteTopic`, which 5.5 has with reads and searches. */
export function refuseLiteRead(topic: string, ext: Readonly<Record<string, string>> | undefined): void {
  const name = ext?.liteTopic
  if (name === undefined || name.trim() === '') return
  throw liteTopicsNotSupported(`nothing of ${name} in ${topic} can be read`)
}
