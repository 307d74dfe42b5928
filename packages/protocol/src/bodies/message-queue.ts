import * as v from 'valibot'
import { int32, text } from './shapes.ts'

export const messageQueueShape = v.object({ brokerName: text, queueId: int32, topic: text })
/** One queue of a topic on one broker. As the key of a `Map` it is written as an object, which is how RocketMQ has it. */
export type MessageQueue = v.InferOutput<typeof messageQueueShape>
