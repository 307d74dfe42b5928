import { sendReplyMessageV2 } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { type PassReplyDeps, passReply } from '../messaging/pass-reply.ts'

export const replyV2 = handle(sendReplyMessageV2, (deps: PassReplyDeps) => passReply(deps))
