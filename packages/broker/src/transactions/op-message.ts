import type { Address } from '@cometmq/platform'
import { propertyNames, systemTopics, withProperties } from '@cometmq/protocol/message'
import type { MessageToStore } from '@cometmq/store'
import { halfQueueId } from './half-message.ts'

/** Tag of an op message that says which half messages are decided, the only kind that there is. */
const decidedTag = 'd'
const separator = ','
const properties = withProperties('', { [propertyNames.TAGS]: decidedTag, [propertyNames.WAIT]: 'true' })

/** What a half message takes in an op message. */
export const opEntryOf = (halfOffset: number): string => `${halfOffset}${separator}`

/** The op message that says that half messages are decided: their queue offsets in decimal, each with a comma behind it. */
export function opMessageOf(entries: string, now: number, storeHost: Address): MessageToStore {
  return {
    topic: systemTopics.TRANS_OP_HALF,
    queueId: halfQueueId,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: now,
    bornHost: storeHost,
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    properties,
    body: Buffer.from(entries),
    waitStored: true,
  }
}

/** The queue offsets that an op message holds; Apache's 4.9 writes a single one, without a comma. What is no offset is passed over. */
export function halfOffsetsOf(body: Buffer): number[] {
  const offsets: number[] = []
  for (const text of body.toString('latin1').split(separator)) {
    const offset = Number(text)
    if (text !== '' && Number.isSafeInteger(offset) && offset >= 0) offsets.push(offset)
  }
  return offsets
}
