import type { Clock } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { ConsumeTimeSpans } from '@cometmq/protocol/bodies'
import { queryConsumeTimeSpan } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { ConsumptionDeps } from '../../offsets/consumption.ts'

/** QUERY_CONSUME_TIME_SPAN: how late a group is in each queue of a topic, by the times at which messages were stored. */
export const consumeTimeSpan = handle(
  queryConsumeTimeSpan,
  ({ store, topics, offsets, options, clock }: ConsumptionDeps & { clock: Clock }) =>
    async ({ topic, group }) => {
      const config = topics.get(topic)
      if (config === undefined) throw new Refusal(responseCode.TOPIC_NOT_EXIST, `topic[${topic}] not exist`)
      const consumeTimeSpanSet: ConsumeTimeSpans['consumeTimeSpanSet'] = []
      for (let queueId = 0; queueId < config.writeQueueNums; queueId++) {
        const timeAt = (offset: number) => store.storeTime(topic, queueId, offset)
        const next = offsets.get(group, topic, queueId) ?? 0
        const minTimeStamp = await store.earliestStoreTime(topic, queueId)
        const waiting = await timeAt(next)
        consumeTimeSpanSet.push({
          messageQueue: { brokerName: options.brokerName, queueId, topic },
          minTimeStamp,
          maxTimeStamp: (await timeAt(store.maxOffset(topic, queueId) - 1)) ?? -1,
          consumeTimeStamp: (next > 0 ? await timeAt(next - 1) : undefined) ?? minTimeStamp,
          delayTime: waiting === undefined ? 0 : clock.now() - waiting,
        })
      }
      return { body: { consumeTimeSpanSet } }
    },
)
