import { pullMessage } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { type PullDeps, readMessages } from '../messaging/read-messages.ts'

export const pull = handle(pullMessage, (deps: PullDeps) => readMessages(deps))
