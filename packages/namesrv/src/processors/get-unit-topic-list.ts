import { getUnitTopicList as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { unitTopics } from '../routing/topic-lists.ts'
import { checkListsEnabled, type TopicListDeps } from './list-gate.ts'

export const getUnitTopicList = handle(command, (deps: TopicListDeps) => () => {
  checkListsEnabled(deps, 'enableTopicList')
  return { body: unitTopics(deps.table) }
})
