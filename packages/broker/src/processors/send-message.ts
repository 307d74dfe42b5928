import { sendMessage } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { type ReceiveDeps, receiveMessage } from '../messaging/receive-message.ts'

export const send = handle(sendMessage, (deps: ReceiveDeps) => receiveMessage(deps))
