import { type Address, formatAddress, messageOf, NetworkError, parseAddress } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { TopicRouteData } from '@cometmq/protocol/bodies'
import { getRouteinfoByTopic } from '@cometmq/protocol/commands'
import { permission } from '@cometmq/protocol/message'
import { type RemotingClient, RequestTimeoutError, ResponseError } from '@cometmq/remoting'
import { ConfigError } from '../config/config-error.ts'

/** A queue of a topic and the master that has it. */
export interface TopicQueue {
  readonly brokerName: string
  readonly address: Address
  readonly queueId: number
}

/** The broker id of a master in a route. */
const masterId = 0

/**
 * Where a topic is, as the first NameServer that answers says; `undefined` when it does not know the topic.
 *
 * @throws ConfigError when none answers.
 */
export async function topicRoute(
  topic: string,
  nameServers: readonly Address[],
  client: RemotingClient,
): Promise<TopicRouteData | undefined> {
  const failures: string[] = []
  for (const nameServer of nameServers) {
    try {
      const request = { topic, acceptStandardJsonOnly: true }
      return (await client.invoke(nameServer, getRouteinfoByTopic, request)).body
    } catch (error) {
      if (error instanceof ResponseError && error.responseCode === responseCode.TOPIC_NOT_EXIST) return undefined
      if (!(error instanceof NetworkError || error instanceof RequestTimeoutError)) throw error
      failures.push(
        error instanceof NetworkError ? `${formatAddress(nameServer)} (${error.systemCode})` : messageOf(error),
      )
    }
  }
  throw new ConfigError(
    `no NameServer answers at ${failures.join(', ')}; start one with "npx cometmq standalone", or say where it is with --namesrv host:port`,
  )
}

/** Queues that take messages. */
export function writableQueues(route: TopicRouteData): TopicQueue[] {
  return queuesOf(route, permission.WRITE, (queues) => queues.writeQueueNums)
}

/** Queues that give messages. */
export function readableQueues(route: TopicRouteData): TopicQueue[] {
  return queuesOf(route, permission.READ, (queues) => queues.readQueueNums)
}

type QueueData = TopicRouteData['queueDatas'][number]

function queuesOf(route: TopicRouteData, needed: number, countOf: (queues: QueueData) => number): TopicQueue[] {
  return route.queueDatas.flatMap((queues) => {
    const address = masterAddress(route, queues.brokerName)
    if (address === undefined || (queues.perm & needed) === 0) return []
    return Array.from({ length: countOf(queues) }, (_, queueId) => ({
      brokerName: queues.brokerName,
      address,
      queueId,
    }))
  })
}

function masterAddress(route: TopicRouteData, brokerName: string): Address | undefined {
  const group = route.brokerDatas.find((data) => data.brokerName === brokerName)
  return parseAddress(group?.brokerAddrs.get(masterId) ?? '')
}
