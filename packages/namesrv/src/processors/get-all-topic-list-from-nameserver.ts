import { getAllTopicListFromNameserver as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { allTopics } from '../routing/topic-lists.ts'
import { checkListsEnabled, type TopicListDeps } from './list-gate.ts'

export const getAllTopicListFromNameserver = handle(command, (deps: TopicListDeps) => () => {
  checkListsEnabled(deps, 'enableAllTopicList')
  return { body: allTopics(deps.table) }
})
