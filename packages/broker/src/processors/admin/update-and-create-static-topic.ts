import { responseCode } from '@cometmq/protocol'
import { updateAndCreateStaticTopic } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'

/** UPDATE_AND_CREATE_STATIC_TOPIC: there are no static topics here. Nothing is stored, so that nobody takes an ordinary topic for a static one. */
export const updateStaticTopic = handle(updateAndCreateStaticTopic, () => ({ topic }) => {
  throw new Refusal(
    responseCode.REQUEST_CODE_NOT_SUPPORTED,
    `static (logical) topics are not supported: ${topic} was not created; create an ordinary topic with updateTopic`,
  )
})
