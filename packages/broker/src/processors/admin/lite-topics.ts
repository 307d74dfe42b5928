import type { Command } from '@cometmq/protocol'
import {
  ackLiteMessage,
  getBrokerLiteInfo,
  getLiteClientInfo,
  getLiteGroupInfo,
  getLiteTopicInfo,
  getParentTopicInfo,
  liteSubscriptionCtl,
  popLiteMessage,
  triggerLiteDispatch,
} from '@cometmq/protocol/commands/admin'
import type { Processor } from '@cometmq/remoting'
import { liteTopicsNotSupported } from '../../lite-topics.ts'

const commands: readonly Command[] = [
  popLiteMessage,
  liteSubscriptionCtl,
  ackLiteMessage,
  getBrokerLiteInfo,
  getParentTopicInfo,
  getLiteTopicInfo,
  getLiteClientInfo,
  getLiteGroupInfo,
  triggerLiteDispatch,
]

/** All that proxies and administrators ask about lite topics: refused, with what is not supported instead of an unknown code. */
export function liteTopicRefusals(): Processor[] {
  return commands.map((command) => ({
    command,
    process() {
      throw liteTopicsNotSupported(`${command.name} (${command.code}) is refused`)
    },
  }))
}
