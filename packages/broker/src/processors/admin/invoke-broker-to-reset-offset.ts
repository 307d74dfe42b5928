import { invokeBrokerToResetOffset } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import { type ResetDeps, resetByClients, resetHere } from '../../offsets/reset-offsets.ts'

/** INVOKE_BROKER_TO_RESET_OFFSET: a group consumes again from a time or an offset, or passes over what has gathered. */
export const resetOffset = handle(invokeBrokerToResetOffset, (deps: ResetDeps) => async (request) => {
  const reset = deps.options.serverSideReset ? resetHere : resetByClients
  return { body: { offsetTable: await reset(deps, request) } }
})
