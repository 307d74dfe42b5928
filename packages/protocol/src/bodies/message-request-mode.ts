import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { int32, oneOfOrElse, orElse, table, text } from './shapes.ts'

const messageRequestModeShape = v.object({
  consumerGroup: text,
  mode: oneOfOrElse(['PULL', 'POP'], 'PULL'),
  /** How many other consumers a queue is popped by; below 1: by all. */
  popShareQueueNum: orElse(int32, 0),
  topic: text,
})
/** Whether the consumers of a group pull or pop a topic. */
export type MessageRequestMode = v.InferOutput<typeof messageRequestModeShape>
/** The body of SET_MESSAGE_REQUEST_MODE. */
export const messageRequestMode: BodyCodec<MessageRequestMode> = json<MessageRequestMode>(
  'SetMessageRequestModeRequestBody',
  messageRequestModeShape,
)

const messageRequestModesShape = v.object({
  /** By topic, then by group. */
  messageRequestModeMap: table(table(messageRequestModeShape)),
})
export type MessageRequestModes = v.InferOutput<typeof messageRequestModesShape>
/** The answer to GET_ALL_MESSAGE_REQUEST_MODE. */
export const messageRequestModes: BodyCodec<MessageRequestModes> = json<MessageRequestModes>(
  'MessageRequestModeSerializeWrapper',
  messageRequestModesShape,
)
/** `messageRequestMode.json` */
export const messageRequestModesFile: BodyCodec<MessageRequestModes> = json<MessageRequestModes>(
  'messageRequestMode.json',
  messageRequestModesShape,
  { pretty: true, maxValues: Number.POSITIVE_INFINITY },
)
