import type { Lane, Route } from '@cometmq/remoting'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import { acknowledge } from './ack-message.ts'
import { acknowledgeBatch } from './batch-ack-message.ts'
import { changeInvisibleTime } from './change-message-invisible-time.ts'
import { requestModes } from './get-all-message-request-mode.ts'
import { notify } from './notification.ts'
import { peek } from './peek-message.ts'
import { countHeldPops } from './polling-info.ts'
import { pop } from './pop-message.ts'
import { assignment } from './query-assignment.ts'
import { requestMode } from './set-message-request-mode.ts'

export interface PopLanes {
  readonly pull: Lane
  readonly acknowledge: Lane
  readonly assign: Lane
  readonly admin: Lane
}

/** What POP consumers ask, and consumers whose queues the broker allots. */
export function popRoutes(deps: { pop: LazyPop }, lanes: PopLanes): Route[] {
  return [
    { processor: pop(deps), lane: lanes.pull },
    { processor: peek(deps), lane: lanes.pull },
    { processor: notify(deps), lane: lanes.pull },
    { processor: countHeldPops(deps), lane: lanes.pull },
    { processor: acknowledge(deps), lane: lanes.acknowledge },
    { processor: acknowledgeBatch(deps), lane: lanes.acknowledge },
    { processor: changeInvisibleTime(deps), lane: lanes.acknowledge },
    { processor: assignment(deps), lane: lanes.assign },
    { processor: requestMode(deps), lane: lanes.assign },
    { processor: requestModes(deps), lane: lanes.admin },
  ]
}
