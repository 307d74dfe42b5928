import { getBrokerRuntimeInfo } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import { type RuntimeInfoDeps, runtimeInfo } from '../../runtime/runtime-info.ts'

/** GET_BROKER_RUNTIME_INFO: what the broker measures of itself, under RocketMQ's names, with what it says of a failed or full disk. */
export const brokerRuntimeInfo = handle(getBrokerRuntimeInfo, (deps: RuntimeInfoDeps) => async () => ({
  body: { table: Object.fromEntries(await runtimeInfo(deps)) },
}))
