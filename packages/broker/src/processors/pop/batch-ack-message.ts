import { responseCode } from '@cometmq/protocol'
import type { BatchAckEntry } from '@cometmq/protocol/bodies'
import { batchAckMessage } from '@cometmq/protocol/commands/pop'
import { handle, Refusal } from '@cometmq/remoting'
import { statusCodes } from '../../messaging/received-message.ts'
import { refusalOf } from '../../messaging/refusals.ts'
import { orderReviveQueueId } from '../../pop/extra-info.ts'
import type { LazyPop } from '../../pop/lazy-pop.ts'
import { acknowledgeInOrder } from '../../pop/order-acks.ts'
import type { Pop } from '../../pop/pop.ts'
import { refuseReviveQueue } from '../../pop/pop-checks.ts'
import { type RetryFlag, realTopicOf } from '../../pop/retry-topics.ts'

/** Entries of one request; one that names more is refused. */
const maxEntries = 1_024
/** Messages behind the first of a batch that an entry can name; one that names more is refused. */
const maxBits = 32_768
/** Offsets in one record of the revive topic. */
const offsetsPerRecord = 512

/** BATCH_ACK_MESSAGE: popped messages of several batches are done. Source: AckMessageProcessor of Apache RocketMQ 5.5.0. */
export const acknowledgeBatch = handle(batchAckMessage, ({ pop }: { pop: LazyPop }) => async (_request, body) => {
  const rooms = pop.opened ?? (await pop.open())
  const entries = body?.acks ?? []
  if (entries.length === 0)
    throw new Refusal(responseCode.NO_MESSAGE, 'the batch of acknowledgements is empty: its body names no message')
  if (entries.length > maxEntries)
    throw new Refusal(
      responseCode.MESSAGE_ILLEGAL,
      `a batch of ${entries.length} acknowledgements, and the limit is ${maxEntries}: send several`,
    )
  const codes = await Promise.all(entries.map((entry) => acknowledge(rooms, entry)))
  return { code: codes.find((code) => code !== responseCode.SUCCESS) ?? responseCode.SUCCESS }
})

async function acknowledge(rooms: Pop, entry: BatchAckEntry): Promise<number> {
  const { log, deps } = rooms
  const { c: group, so: startOffset, q: queueId, rq: reviveQueueId, pt: popTime } = entry
  refuseReviveQueue(reviveQueueId, log.queues)
  const topic = realTopicOf(entry.t, group, retryFlagIn(entry))
  const offsets = offsetsIn(deps, topic, entry)
  if (reviveQueueId === orderReviveQueueId) {
    for (const offset of offsets) acknowledgeInOrder(rooms, { topic, group, queueId }, offset, popTime)
    deps.handedOut.noteAcks(group, topic, offsets.length)
    return responseCode.SUCCESS
  }
  const of = { topic, group, queueId, startOffset, popTime, brokerName: deps.options.brokerName }
  try {
    let code: number = responseCode.SUCCESS
    for (let at = 0; at < offsets.length; at += offsetsPerRecord) {
      const { status } = await log.putAcks(reviveQueueId, of, offsets.slice(at, at + offsetsPerRecord))
      code = Math.max(code, statusCodes[status])
    }
    deps.handedOut.noteAcks(group, topic, offsets.length)
    return code
  } catch (error) {
    throw refusalOf(error)
  }
}

function retryFlagIn({ r }: BatchAckEntry): RetryFlag {
  return r === '1' || r === '2' ? r : '0'
}

/** Those that are no messages of the queue are passed by. */
function offsetsIn({ store }: Pop['deps'], topic: string, { q: queueId, so, b }: BatchAckEntry): number[] {
  const bits = Buffer.from(b, 'base64')
  if (bits.length * 8 > maxBits)
    throw new Refusal(
      responseCode.MESSAGE_ILLEGAL,
      `an acknowledgement of ${bits.length * 8} messages from ${so} on, and the limit is ${maxBits}`,
    )
  const min = store.minOffset(topic, queueId)
  const max = store.maxOffset(topic, queueId)
  const offsets: number[] = []
  for (const [i, byte] of bits.entries()) {
    for (let bit = 0; bit < 8; bit++) {
      const offset = so + i * 8 + bit
      if ((byte & (1 << bit)) !== 0 && offset >= min && offset <= max) offsets.push(offset)
    }
  }
  return offsets
}
