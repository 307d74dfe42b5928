import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { flag, int32, int64, list, maybe, orElse, text } from './shapes.ts'

export const subscriptionDataShape = v.object({
  classFilterMode: orElse(flag, false),
  /** Java hashes of the tags. */
  codeSet: list(int32),
  /** `TAG` or `SQL92`. */
  expressionType: orElse(text, 'TAG'),
  /** The expression; `*` is everything. */
  subString: orElse(text, '*'),
  /** Milliseconds since the Unix epoch. A client that leaves it out means now. */
  subVersion: maybe(int64),
  tagsSet: list(text),
  topic: text,
})
/** What a consumer wants of one topic. */
export type SubscriptionData = v.InferOutput<typeof subscriptionDataShape>
export const subscriptionData: BodyCodec<SubscriptionData> = json<SubscriptionData>(
  'SubscriptionData',
  subscriptionDataShape,
)

const checkClientShape = v.object({
  clientId: maybe(text),
  group: maybe(text),
  namespace: maybe(text),
  subscriptionData: subscriptionDataShape,
})
export type CheckClientRequestBody = v.InferOutput<typeof checkClientShape>
export const checkClientRequest: BodyCodec<CheckClientRequestBody> = json<CheckClientRequestBody>(
  'CheckClientRequestBody',
  checkClientShape,
)
