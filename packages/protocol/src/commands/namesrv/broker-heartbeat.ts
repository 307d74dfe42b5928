import { defineCommand, type RequestOf } from '../../define-command.ts'
import { int32, int64, string } from '../../fields.ts'

/** BROKER_HEARTBEAT: a broker is alive. What is optional is for controllers. */
export const brokerHeartbeat = defineCommand({
  code: 904,
  name: 'BROKER_HEARTBEAT',
  action: 'any',
  request: {
    clusterName: string({ resource: 'cluster' }),
    brokerAddr: string(),
    brokerName: string(),
    brokerId: int64({ optional: true }),
    epoch: int32({ optional: true }),
    maxOffset: int64({ optional: true }),
    confirmOffset: int64({ optional: true }),
    heartbeatTimeoutMills: int64({ optional: true }),
    electionPriority: int32({ optional: true }),
  },
})
export type BrokerHeartbeatRequest = RequestOf<typeof brokerHeartbeat>
