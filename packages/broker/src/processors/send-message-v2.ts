import { sendMessageV2 } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { type ReceiveDeps, receiveMessage } from '../messaging/receive-message.ts'

export const sendV2 = handle(sendMessageV2, (deps: ReceiveDeps) => receiveMessage(deps))
