import { defineCommand } from '../../define-command.ts'

/** ACK_LITE_MESSAGE: declared by RocketMQ 5.5.0, which does not answer it either. Refused: there are no lite topics here. */
export const ackLiteMessage = defineCommand({
  code: 200072,
  name: 'ACK_LITE_MESSAGE',
  action: 'any',
})
