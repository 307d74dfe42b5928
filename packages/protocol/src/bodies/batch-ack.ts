import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { int32, int64, list, maybe, orElse, text } from './shapes.ts'

/** The letters are what RocketMQ writes; it reads the names too. */
const longNames: Readonly<Record<string, string>> = {
  consumerGroup: 'c',
  topic: 't',
  retry: 'r',
  startOffset: 'so',
  queueId: 'q',
  reviveQueueId: 'rq',
  popTime: 'pt',
  invisibleTime: 'it',
  bitSet: 'b',
}

const entryShape = v.pipe(
  v.unknown(),
  v.transform((entry) => {
    if (typeof entry !== 'object' || entry === null) return entry
    return Object.fromEntries(Object.entries(entry).map(([name, value]) => [longNames[name] ?? name, value]))
  }),
  v.object({
    /** Group. */
    c: text,
    /** The topic that was popped. */
    t: text,
    /** Where its messages are: `0` in the topic, `1` and `2` in retry topics of the group. */
    r: orElse(text, '0'),
    /** The offset that the batch was read from. */
    so: int64,
    q: int32,
    /** Queue of the revive topic. */
    rq: int32,
    pt: int64,
    it: int64,
    /** Base64 of bits, the lowest of each byte first: bit n stands for the message at `so` + n. */
    b: orElse(text, ''),
  }),
)
/** Messages of one batch that are done. */
export type BatchAckEntry = v.InferOutput<typeof entryShape>
const batchAckShape = v.object({ acks: list(entryShape), brokerName: maybe(text) })
export type BatchAckBody = v.InferOutput<typeof batchAckShape>
/** The body of BATCH_ACK_MESSAGE. */
export const batchAckBody: BodyCodec<BatchAckBody> = json<BatchAckBody>('BatchAckMessageRequestBody', batchAckShape)
