import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** RESUME_CHECK_HALF_MESSAGE: producers are to be asked again about a transaction that was given up. */
export const resumeCheckHalfMessage = defineCommand({
  code: 323,
  name: 'RESUME_CHECK_HALF_MESSAGE',
  action: 'update',
  request: {
    topic: string({ resource: 'topic', optional: true }),
    /** The offsetMsgId of a record of the half message, as of the one in TRANS_CHECK_MAX_TIME_TOPIC. */
    msgId: string({ optional: true }),
  },
})
export type ResumeCheckHalfMessageRequest = RequestOf<typeof resumeCheckHalfMessage>
