import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int64, string } from '../../fields.ts'

/** NOTIFY_MIN_BROKER_ID_CHANGE: the NameServer tells the members of a broker group, oneway, that its smallest id has changed. */
export const notifyMinBrokerIdChange = defineCommand({
  code: 905,
  name: 'NOTIFY_MIN_BROKER_ID_CHANGE',
  action: 'any',
  request: {
    minBrokerId: int64({ optional: true }),
    brokerName: string({ optional: true }),
    minBrokerAddr: string({ optional: true }),
    offlineBrokerAddr: string({ optional: true }),
    haBrokerAddr: string({ optional: true }),
  },
})
export type NotifyMinBrokerIdChangeRequest = RequestOf<typeof notifyMinBrokerIdChange>
