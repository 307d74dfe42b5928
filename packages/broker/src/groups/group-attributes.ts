import { type AttributeKind, integer, oneOf } from '../topics/topic-attributes.ts'

const changeable = (isValid: (value: string) => boolean): AttributeKind => ({ isChangeable: true, isValid })
const anyText = changeable(() => true)
const trueOrFalse = changeable(oneOf('true', 'false'))

/**
 * The attributes of consumer groups. They are kept and handed out; lite topics, which most are about, are not served.
 * Source: SubscriptionGroupAttributes of Apache RocketMQ 5.5.0.
 */
export const groupAttributes: ReadonlyMap<string, AttributeKind> = new Map([
  ['priority.factor', changeable(integer(0, 100))],
  ['lite.bind.topic', anyText],
  ['lite.sub.model', changeable(oneOf('Shared', 'Exclusive'))],
  ['lite.sub.reset.offset.exclusive', trueOrFalse],
  ['lite.sub.reset.offset.unsubscribe', trueOrFalse],
  ['lite.sub.client.quota', changeable(integer(-1, Number.MAX_SAFE_INTEGER))],
  ['lite.sub.client.max.event.cnt', changeable(integer(10, Number.MAX_SAFE_INTEGER))],
  ['lite.sub.wildcard', anyText],
])
