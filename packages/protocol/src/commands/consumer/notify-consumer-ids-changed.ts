import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** NOTIFY_CONSUMER_IDS_CHANGED: the broker tells a consumer, oneway, that its group has changed. */
export const notifyConsumerIdsChanged = defineCommand({
  code: 40,
  name: 'NOTIFY_CONSUMER_IDS_CHANGED',
  action: 'any',
  request: { consumerGroup: string({ resource: 'group', optional: true }) },
})
export type NotifyConsumerIdsChangedRequest = RequestOf<typeof notifyConsumerIdsChanged>
