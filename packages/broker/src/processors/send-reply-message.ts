import { sendReplyMessage } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { type PassReplyDeps, passReply } from '../messaging/pass-reply.ts'

export const reply = handle(sendReplyMessage, (deps: PassReplyDeps) => passReply(deps))
