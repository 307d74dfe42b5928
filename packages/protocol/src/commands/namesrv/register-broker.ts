import { optional } from '../../bodies/json.ts'
import { kvTable } from '../../bodies/tables.ts'
import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int32, int64, string } from '../../fields.ts'

/** REGISTER_BROKER: a broker says where it is and which topics it has. The form of the body depends on header and fields: see `decodeRegistration`;
 * `registerBrokerBody` encodes it, and `bodyCrc32` is `crc32Of` these bytes. */
export const registerBroker = defineCommand({
  code: 103,
  name: 'REGISTER_BROKER',
  action: 'any',
  request: {
    brokerName: string(),
    /** `host:port` that clients use. */
    brokerAddr: string(),
    clusterName: string({ resource: 'cluster' }),
    haServerAddr: string(),
    /** 0 is the master. */
    brokerId: int64(),
    heartbeatTimeoutMillis: int64({ optional: true }),
    /** Absent from brokers of 4.x. */
    enableActingMaster: boolean({ optional: true }),
    compressed: boolean({ default: false }),
    /** 0: not computed. */
    bodyCrc32: int32({ default: 0 }),
  },
  response: {
    /** For a slave: where its master's HA service is. */
    haServerAddr: string({ optional: true }),
    masterAddr: string({ optional: true }),
  },
  responseBody: optional(kvTable),
})
export type RegisterBrokerRequest = RequestOf<typeof registerBroker>
export type RegisterBrokerResponse = ResponseOf<typeof registerBroker>
