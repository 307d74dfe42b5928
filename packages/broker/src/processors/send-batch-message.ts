import { sendBatchMessage } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { receiveMessage } from '../messaging/receive-message.ts'
import type { ReceiveDeps } from '../messaging/received-message.ts'

export const sendBatch = handle(sendBatchMessage, (deps: ReceiveDeps) => receiveMessage(deps))
