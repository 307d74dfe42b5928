import { heartbeatData } from '../../bodies/heartbeat.ts'
import { defineCommand, type ResponseOf } from '../../define-command.ts'
import { boolean } from '../../fields.ts'

/** HEART_BEAT: a client says which groups it is in and what they subscribe to. */
export const heartBeat = defineCommand({
  code: 34,
  name: 'HEART_BEAT',
  action: 'any',
  response: {
    /** Absent from brokers that know only heartbeats of version 1. */
    isSupportHeartBeatV2: boolean({ wire: 'IS_SUPPORT_HEART_BEAT_V2', optional: true }),
    isSubChange: boolean({ wire: 'IS_SUB_CHANGE', optional: true }),
  },
  requestBody: heartbeatData,
})
export type HeartBeatResponse = ResponseOf<typeof heartBeat>
