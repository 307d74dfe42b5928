import type { Clock, Logger } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { decodeRegistration } from '@cometmq/protocol/bodies'
import { registerBroker as command } from '@cometmq/protocol/commands'
import { crc32Of } from '@cometmq/protocol/message'
import { handle, type Peer, Refusal } from '@cometmq/remoting'
import type { Departures } from '../departures.ts'
import { type KvConfig, orderTopicNamespace } from '../kv-config.ts'
import type { LiveOptions } from '../live-options.ts'
import type { MinIdChange } from '../routing/min-id-change.ts'
import { register } from '../routing/registration.ts'
import type { RouteTable } from '../routing/route-table.ts'

export interface RegisterBrokerDeps {
  table: RouteTable
  departures: Departures
  kv: KvConfig
  options: LiveOptions
  clock: Clock
  logger: Logger
  /** Makes the brokers of a connection leave when it closes. */
  watch(peer: Peer): void
  announce(change: MinIdChange): void
}

/** A broker says who it is and what topics it has: at its start, every 30 s, and when they change. */
export const registerBroker = handle(command, (deps: RegisterBrokerDeps) => (request, body, { peer, version, ext }) => {
  const { table, departures, options, clock, logger } = deps
  checkCrc(body, request.bodyCrc32)
  const { topics, mappings, dataVersion, filterServers } = decodeRegistration(body, {
    version,
    compressed: request.compressed,
  })
  departures.settle()
  const { brokerName, brokerAddr, clusterName, brokerId, haServerAddr } = request
  const outcome = register(
    table,
    {
      cluster: clusterName,
      brokerName,
      brokerId,
      brokerAddress: brokerAddr,
      haServerAddress: haServerAddr,
      heartbeatTimeoutMs: request.heartbeatTimeoutMillis,
      enableActingMaster: request.enableActingMaster,
      zoneName: ext?.__ZONE_NAME,
      topics,
      mappings,
      dataVersion,
      filterServers,
      connection: peer,
    },
    options.current,
    clock.monotonicMs(),
  )
  const broker = { cluster: clusterName, brokerName, brokerId, brokerAddress: brokerAddr }
  if (outcome.kind === 'incomplete') {
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `register broker failed: ${brokerName} with id ${brokerId} sent a single topic and is not registered here; it has to register with all its topics first`,
    )
  }
  if (outcome.kind === 'superseded') {
    logger.warn(broker, 'ignored a registration: another broker holds this id with newer state')
    return { fields: {} }
  }
  deps.watch(peer)
  if (outcome.isNew) logger.info({ ...broker, topics: topics.size }, 'a broker registered')
  if (outcome.minIdChange !== undefined) deps.announce(outcome.minIdChange)
  const { masterAddress, haServerAddress } = outcome
  return { fields: { masterAddr: masterAddress, haServerAddr: haServerAddress }, ...orderTopics(deps) }
})

/** 0 means that the broker did not compute one. */
function checkCrc(body: Buffer, expected: number): void {
  if (expected === 0) return
  const actual = crc32Of(body)
  if (actual === expected) return
  throw new Refusal(
    responseCode.SYSTEM_ERROR,
    `crc32 not match: the header says ${expected}, the ${body.length} bytes of the body have ${actual}`,
  )
}

function orderTopics({ kv, options }: RegisterBrokerDeps) {
  const entries = options.current.returnOrderTopicConfigToBroker ? kv.list(orderTopicNamespace) : undefined
  return entries === undefined ? {} : { body: { table: Object.fromEntries(entries) } }
}
