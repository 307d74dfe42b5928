import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { pullMessageRequest, pullMessageResponse } from './pull-message.ts'

/** LITE_PULL_MESSAGE: PULL_MESSAGE of lite pull consumers, which the broker serves apart from others. */
export const litePullMessage = defineCommand({
  code: 361,
  name: 'LITE_PULL_MESSAGE',
  action: 'sub',
  request: pullMessageRequest,
  response: pullMessageResponse,
})
export type LitePullMessageRequest = RequestOf<typeof litePullMessage>
export type LitePullMessageResponse = ResponseOf<typeof litePullMessage>
