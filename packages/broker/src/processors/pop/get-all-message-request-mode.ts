import { getAllMessageRequestMode } from '@cometmq/protocol/commands/pop'
import { handle } from '@cometmq/remoting'
import type { LazyPop } from '../../pop/lazy-pop.ts'

/** GET_ALL_MESSAGE_REQUEST_MODE: who pulls and who pops. */
export const requestModes = handle(getAllMessageRequestMode, ({ pop }: { pop: LazyPop }) => async () => {
  const { modes } = pop.opened ?? (await pop.open())
  return { body: modes.all() }
})
