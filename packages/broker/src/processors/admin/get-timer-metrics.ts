import type { Clock } from '@cometmq/platform'
import { getTimerMetrics } from '@cometmq/protocol/commands/admin'
import { javaHashCode } from '@cometmq/protocol/message'
import { handle } from '@cometmq/remoting'
import type { Timers } from '../../timer/timers.ts'
import { TopicCounts } from '../../timer/topic-counts.ts'
import type { TopicTable } from '../../topics/topic-table.ts'

/** GET_TIMER_METRICS: how many messages wait for each topic. Of topics whose names have one hash the first is told the messages of all. */
export const timerMetricsOf = handle(
  getTimerMetrics,
  ({ timers, topics, clock }: { timers: Timers; topics: TopicTable; clock: Clock }) => {
    const counts = new TopicCounts(timers, clock)
    return async () => {
      const { atMs, round, waiting } = await counts.get()
      const left = new Map(waiting)
      const timingCount: Record<string, { count: number; timeStamp: number }> = {}
      for (const { topicName } of topics.all()) {
        if (left.size === 0) break
        const hash = javaHashCode(topicName)
        const count = left.get(hash)
        if (count === undefined) continue
        timingCount[topicName] = { count, timeStamp: atMs }
        left.delete(hash)
      }
      return { body: { dataVersion: { counter: round, stateVersion: 0, timestamp: atMs }, timingCount } }
    }
  },
)
