import { getHasUnitSubUnunitTopicList as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { unitSubscriptionOnlyTopics } from '../routing/topic-lists.ts'
import { checkListsEnabled, type TopicListDeps } from './list-gate.ts'

export const getHasUnitSubUnunitTopicList = handle(command, (deps: TopicListDeps) => () => {
  checkListsEnabled(deps, 'enableTopicList')
  return { body: unitSubscriptionOnlyTopics(deps.table) }
})
