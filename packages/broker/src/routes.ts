import type { Lane, Route } from '@cometmq/remoting'
import { brokerLanes } from './lanes.ts'
import type { PassReplyDeps } from './messaging/pass-reply.ts'
import type { PullDeps } from './messaging/read-messages.ts'
import type { ReceiveDeps } from './messaging/received-message.ts'
import type { LazyPop } from './pop/lazy-pop.ts'
import type { AdministrationDeps } from './processors/admin/routes.ts'
import { checkClient } from './processors/check-client-config.ts'
import { sendBack } from './processors/consumer-send-msg-back.ts'
import { decide, type EndTransactionDeps } from './processors/end-transaction.ts'
import { consumerList } from './processors/get-consumer-list.ts'
import { earliestStoreTime } from './processors/get-earliest-store-time.ts'
import { maxOffset } from './processors/get-max-offset.ts'
import { minOffset } from './processors/get-min-offset.ts'
import { type HeartBeatDeps, heartbeat } from './processors/heart-beat.ts'
import { litePull } from './processors/lite-pull-message.ts'
import { lockQueues } from './processors/lock-batch-mq.ts'
import { pull } from './processors/pull-message.ts'
import { queryOffset } from './processors/query-consumer-offset.ts'
import { query } from './processors/query-message.ts'
import { searchOffset } from './processors/search-offset-by-timestamp.ts'
import { sendBatch } from './processors/send-batch-message.ts'
import { send } from './processors/send-message.ts'
import { sendV2 } from './processors/send-message-v2.ts'
import { reply } from './processors/send-reply-message.ts'
import { replyV2 } from './processors/send-reply-message-v2.ts'
import { unlockQueues } from './processors/unlock-batch-mq.ts'
import { unregister } from './processors/unregister-client.ts'
import { updateOffset } from './processors/update-consumer-offset.ts'
import { viewMessage } from './processors/view-message-by-id.ts'

/** Everything that the broker's processors touch; each names what it needs of it. */
export type BrokerDeps = ReceiveDeps &
  PassReplyDeps &
  PullDeps &
  HeartBeatDeps &
  EndTransactionDeps &
  Omit<AdministrationDeps, 'lanes' | 'transactionLane'> & { pop: LazyPop }

/** What the broker answers. */
export interface BrokerRoutes {
  readonly routes: Route[]
  /** What administrators and POP consumers ask, and who takes a message back, loaded when the first of them does: the broker starts without it. */
  readonly more: () => Promise<Route[]>
  /** For the fast ways of what else these lanes have. */
  readonly lanes: { readonly send: Lane; readonly acknowledge: Lane; readonly transaction: Lane }
}

/** What the broker answers, by whom, and how many at once. */
export function brokerRoutes(deps: BrokerDeps): BrokerRoutes {
  const lanes = brokerLanes(deps.options)
  const reported = {
    send: lanes.send,
    pull: lanes.pull,
    litePull: lanes.litePull,
    query: lanes.query,
    ack: lanes.acknowledge,
  }
  const routes = [
    { processor: send(deps), lane: lanes.send },
    { processor: sendV2(deps), lane: lanes.send },
    { processor: sendBatch(deps), lane: lanes.send },
    { processor: sendBack(deps), lane: lanes.send },
    { processor: reply(deps), lane: lanes.reply },
    { processor: replyV2(deps), lane: lanes.reply },
    { processor: decide(deps), lane: lanes.transaction },
    { processor: pull(deps), lane: lanes.pull },
    { processor: litePull(deps), lane: lanes.litePull },
    { processor: heartbeat(deps), lane: lanes.heartbeat },
    { processor: unregister(deps), lane: lanes.client },
    { processor: checkClient(deps), lane: lanes.client },
    { processor: consumerList(deps), lane: lanes.consumer },
    { processor: queryOffset(deps), lane: lanes.consumer },
    { processor: updateOffset(deps), lane: lanes.consumer },
    { processor: query(deps), lane: lanes.query },
    { processor: viewMessage(deps), lane: lanes.query },
    { processor: maxOffset(deps), lane: lanes.admin },
    { processor: minOffset(deps), lane: lanes.admin },
    { processor: searchOffset(deps), lane: lanes.admin },
    { processor: earliestStoreTime(deps), lane: lanes.admin },
    { processor: lockQueues(deps), lane: lanes.admin },
    { processor: unlockQueues(deps), lane: lanes.admin },
  ]
  const more = async () => {
    const [{ administrationRoutes }, { popRoutes }, { recall }] = await Promise.all([
      import('./processors/admin/routes.ts'),
      import('./processors/pop/routes.ts'),
      import('./processors/recall-message.ts'),
    ])
    return [
      { processor: recall(deps), lane: lanes.send },
      ...popRoutes(deps, lanes),
      ...administrationRoutes({ ...deps, lanes: reported, transactionLane: lanes.transaction }, lanes.admin),
    ]
  }
  return { routes, more, lanes }
}
