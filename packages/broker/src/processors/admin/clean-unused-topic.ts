import { cleanUnusedTopic } from '@cometmq/protocol/commands/admin'
import { isSystemTopic, liteQueuePrefix } from '@cometmq/protocol/message'
import { handle } from '@cometmq/remoting'
import type { MessageStore } from '@cometmq/store'
import type { TopicTable } from '../../topics/topic-table.ts'

/**
 * CLEAN_UNUSED_TOPIC: removes the queues of topics that are in no table. Source: DefaultMessageStore.cleanUnusedTopic of Apache RocketMQ, which spares
 * system topics and light queues too.
 */
export const cleanUnused = handle(
  cleanUnusedTopic,
  ({ store, topics }: { store: MessageStore; topics: TopicTable }) =>
    async () => {
      const unused = new Set<string>()
      for (const { topic } of store.queues()) {
        const isKept = topics.get(topic) !== undefined || isSystemTopic(topic) || topic.startsWith(liteQueuePrefix)
        if (!isKept) unused.add(topic)
      }
      for (const topic of unused) await store.deleteTopic(topic)
      return {}
    },
)
