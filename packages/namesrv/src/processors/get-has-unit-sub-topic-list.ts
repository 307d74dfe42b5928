import { getHasUnitSubTopicList as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { unitSubscriptionTopics } from '../routing/topic-lists.ts'
import { checkListsEnabled, type TopicListDeps } from './list-gate.ts'

export const getHasUnitSubTopicList = handle(command, (deps: TopicListDeps) => () => {
  checkListsEnabled(deps, 'enableTopicList')
  return { body: unitSubscriptionTopics(deps.table) }
})
