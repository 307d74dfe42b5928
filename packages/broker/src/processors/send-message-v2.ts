import { sendMessageV2 } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { receiveMessage } from '../messaging/receive-message.ts'
import type { ReceiveDeps } from '../messaging/received-message.ts'

export const sendV2 = handle(sendMessageV2, (deps: ReceiveDeps) => receiveMessage(deps))
