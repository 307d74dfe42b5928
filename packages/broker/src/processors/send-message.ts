import { sendMessage } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { receiveMessage } from '../messaging/receive-message.ts'
import type { ReceiveDeps } from '../messaging/received-message.ts'

export const send = handle(sendMessage, (deps: ReceiveDeps) => receiveMessage(deps))
