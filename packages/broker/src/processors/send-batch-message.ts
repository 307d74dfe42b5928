import { sendBatchMessage } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { type ReceiveDeps, receiveMessage } from '../messaging/receive-message.ts'

export const sendBatch = handle(sendBatchMessage, (deps: ReceiveDeps) => receiveMessage(deps))
