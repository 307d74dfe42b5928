import type { MessageQueue } from '@cometmq/protocol/bodies'
import { anyQueue } from './held-pops.ts'

/** Which queues a consumer is given; all consumers of a group have to come to the same result, so queues and clients are in order. */
export interface AllotmentWish {
  readonly queues: readonly MessageQueue[]
  readonly clientIds: readonly string[]
  readonly clientId: string
}

type Allot = (wish: AllotmentWish) => MessageQueue[]

/** In one piece each; the first get one more when it does not come out even. */
const averagely: Allot = ({ queues, clientIds, clientId }) => {
  const index = clientIds.indexOf(clientId)
  if (index < 0) return []
  const rest = queues.length % clientIds.length
  const least = Math.floor(queues.length / clientIds.length)
  const begin = index * least + Math.min(index, rest)
  return queues.slice(begin, begin + least + (index < rest ? 1 : 0))
}

/** One after the other, as cards are dealt. */
const byCircle: Allot = ({ queues, clientIds, clientId }) => {
  const index = clientIds.indexOf(clientId)
  return index < 0 ? [] : queues.filter((_, i) => i % clientIds.length === index)
}

/** The strategies that a consumer can name. Source: QueryAssignmentProcessor of Apache RocketMQ. */
export const allotments: Readonly<Record<string, Allot>> = { AVG: averagely, AVG_BY_CIRCLE: byCircle }

/**
 * For consumers who pop. Each is given all queues of each broker, or, when `shared` is above 0, its own and those of as many who come behind it.
 */
export function allotForPop(allot: Allot, wish: AllotmentWish, shared: number): MessageQueue[] {
  const { queues, clientIds, clientId } = wish
  if (shared <= 0 || shared >= clientIds.length - 1) {
    const topic = queues[0]?.topic ?? ''
    return [...new Set(queues.map(({ brokerName }) => brokerName))].map((brokerName) => {
      return { brokerName, queueId: anyQueue, topic }
    })
  }
  const index = clientIds.indexOf(clientId)
  if (index < 0) return []
  // There are more consumers than queues: nobody goes without.
  if (queues.length < clientIds.length) return queues.length === 0 ? [] : [queues[index % queues.length]!]
  return Array.from({ length: shared + 1 }, (_, i) => clientIds[(index + i) % clientIds.length]!).flatMap((each) =>
    allot({ ...wish, clientId: each }),
  )
}

/** As Java sorts them. */
export function sortedQueues(queues: readonly MessageQueue[]): MessageQueue[] {
  return queues.toSorted((a, b) => compare(a.brokerName, b.brokerName) || a.queueId - b.queueId)
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
