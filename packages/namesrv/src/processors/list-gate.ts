import { responseCode } from '@cometmq/protocol'
import { Refusal } from '@cometmq/remoting'
import type { LiveOptions } from '../live-options.ts'
import type { RouteTable } from '../routing/route-table.ts'

export interface TopicListDeps {
  table: RouteTable
  options: LiveOptions
}

/** Topic lists are long and cheap to ask for, so that a NameServer may be told not to answer who asks for them. */
export function checkListsEnabled({ options }: TopicListDeps, option: 'enableAllTopicList' | 'enableTopicList'): void {
  if (options.current[option]) return
  throw new Refusal(responseCode.SYSTEM_ERROR, `disable: this NameServer has ${option}=false`)
}
