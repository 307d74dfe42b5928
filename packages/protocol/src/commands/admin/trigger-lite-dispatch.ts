import { defineCommand } from '../../define-command.ts'

/** TRIGGER_LITE_DISPATCH: tell a client of its lite topics with messages again. Refused: there are no lite topics here. */
export const triggerLiteDispatch = defineCommand({
  code: 200079,
  name: 'TRIGGER_LITE_DISPATCH',
  action: 'any',
})
