import { formatAddress } from '@cometmq/platform'
import { decodeProperties, encodeOffsetMsgId, propertyOf, type StoredMessage } from '@cometmq/protocol/message'
import { shownBody } from './message-body.ts'
import type { TopicQueue } from './topic-route.ts'

/** `2026-11-21 04:46:41.123  broker-a/3 @12  [TagA]  first message`, in local time. */
export function messageLine(message: StoredMessage, { brokerName, queueId }: TopicQueue): string {
  const tag = propertyOf(message.properties, 'TAGS')
  const { text, encoding } = shownBody(message)
  const parts = [localTime(message.storeTimestamp), `${brokerName}/${queueId} @${message.queueOffset}`]
  if (tag !== undefined) parts.push(`[${tag}]`)
  parts.push(encoding === 'base64' ? `base64:${text}` : text)
  return parts.map(withoutControls).join('  ')
}

export function messageAsJson(message: StoredMessage, { brokerName, queueId }: TopicQueue): object {
  const properties = decodeProperties(message.properties)
  const { text, encoding } = shownBody(message)
  const offsetMessageId = encodeOffsetMsgId(message.storeHost, message.physicalOffset)
  return {
    topic: message.topic,
    brokerName,
    queueId,
    queueOffset: message.queueOffset,
    messageId: properties.get('UNIQ_KEY') ?? offsetMessageId,
    offsetMessageId,
    tag: properties.get('TAGS'),
    keys: properties.get('KEYS'),
    bornAt: new Date(message.bornTimestamp).toISOString(),
    bornHost: formatAddress(message.bornHost),
    storedAt: new Date(message.storeTimestamp).toISOString(),
    properties: Object.fromEntries(properties),
    body: text,
    bodyEncoding: encoding,
  }
}

/** A message must not be able to move the reader's cursor or pretend to be a line of its own. */
function withoutControls(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]/gu, (control) =>
    control === '\t' ? control : JSON.stringify(control).slice(1, -1),
  )
}

function localTime(timestampMs: number): string {
  const offsetMs = new Date(timestampMs).getTimezoneOffset() * 60_000
  return new Date(timestampMs - offsetMs).toISOString().slice(0, -1).replace('T', ' ')
}
