import { responseCode } from '@cometmq/protocol'
import { viewMessageById } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'

/** VIEW_MESSAGE_BY_ID: one record by its place in the commit log. */
export const viewMessage = handle(viewMessageById, ({ store }: { store: MessageStore }) => async ({ offset }) => {
  const record = await store.recordAt(offset, { inTurn: true })
  if (record === undefined)
    throw new Refusal(responseCode.SYSTEM_ERROR, `can not find message by the offset, ${offset}`)
  return { bytes: record }
})
