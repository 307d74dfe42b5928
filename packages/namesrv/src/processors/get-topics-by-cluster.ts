import { getTopicsByCluster as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import { topicsOfCluster } from '../routing/topic-lists.ts'
import { checkListsEnabled, type TopicListDeps } from './list-gate.ts'

export const getTopicsByCluster = handle(command, (deps: TopicListDeps) => ({ cluster }) => {
  checkListsEnabled(deps, 'enableTopicList')
  return { body: topicsOfCluster(deps.table, cluster) }
})
