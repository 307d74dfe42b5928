import { defineCommand } from '../../define-command.ts'

/** POP_LITE_MESSAGE: a proxy pops messages of the lite topics that a client subscribes to. Refused: there are no lite topics here. */
export const popLiteMessage = defineCommand({
  code: 200070,
  name: 'POP_LITE_MESSAGE',
  action: 'any',
})
