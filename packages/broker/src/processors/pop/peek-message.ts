import { responseCode } from '@cometmq/protocol'
import { peekMessage } from '@cometmq/protocol/commands/pop'
import { handle } from '@cometmq/remoting'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import { poppedTopic, poppingGroup, refuseTooMany, refuseUnreadableBroker } from '../../pop/pop-checks.ts'
import { sourcesOf } from '../../pop/pop-sources.ts'

/** PEEK_MESSAGE: reads what a pop would bring; nothing is taken, and no offset moves. Source: PeekMessageProcessor of Apache RocketMQ. */
export const peek = handle(peekMessage, ({ pop }: { pop: LazyPop }) => async (request) => {
  const { deps, taker } = pop.opened ?? (await pop.open())
  const { store } = deps
  const { queueId, maxMsgNums, consumerGroup } = request
  refuseUnreadableBroker(deps)
  refuseTooMany(maxMsgNums)
  const topic = poppedTopic(deps, request.topic, queueId)
  const group = poppingGroup(deps, consumerGroup)
  const records: Buffer[] = []
  let restNum = 0
  for (const source of sourcesOf(deps, { topic, group, queueId, order: false })) {
    const min = store.minOffset(source.topic, source.queueId)
    const offset = Math.max(taker.positionOf(consumerGroup, source) ?? min, min)
    const maxMessages = maxMsgNums - records.length
    const place = { topic: source.topic, queueId: source.queueId, offset }
    const result = maxMessages > 0 ? await store.get({ ...place, maxMessages }) : undefined
    records.push(...(result?.records ?? []))
    const next = result?.nextBeginOffset ?? offset
    restNum += Math.max(store.maxOffset(source.topic, source.queueId) - next, 0)
  }
  const fields = { popTime: 0, invisibleTime: 0, reviveQid: 0, restNum }
  if (records.length === 0)
    return {
      code: responseCode.PULL_NOT_FOUND,
      remark: `${request.topic} has nothing more for ${consumerGroup}`,
      fields,
    }
  return { remark: 'FOUND', fields, bytes: records }
})
