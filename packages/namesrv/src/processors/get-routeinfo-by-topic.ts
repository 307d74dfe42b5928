import type { Clock } from '@cometmq/platform'
import { type ExtFields, responseCode } from '@cometmq/protocol'
import { getRouteinfoByTopic as command } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { LiveOptions } from '../live-options.ts'
import type { RouteAnswers } from '../route-answers.ts'
import { missOf } from '../routing/route-query.ts'
import type { RouteTable } from '../routing/route-table.ts'

/** From this version of a client on (4.9.4), routes are JSON that any parser reads. */
const standardJsonVersion = 401

export interface RouteDeps {
  table: RouteTable
  answers: RouteAnswers
  options: LiveOptions
  clock: Clock
  /** On the clock's monotonic scale. */
  startedAtMs: number
}

/** Where a topic's queues are. */
export const getRouteinfoByTopic = handle(command, (deps: RouteDeps) => (request, _body, { version, ext }) => {
  const { topic, acceptStandardJsonOnly } = request
  checkReady(deps)
  const answer = deps.answers.answer({
    topic,
    standardJson: acceptStandardJsonOnly === true || version >= standardJsonVersion,
    zoneName: zoneOf(ext),
  })
  if (answer !== undefined) return { bytes: answer }
  throw new Refusal(
    responseCode.TOPIC_NOT_EXIST,
    `No topic route info in name server for the topic: ${topic}\n${missOf(deps.table, topic)}`,
  )
})

function checkReady({ options, clock, startedAtMs }: RouteDeps): void {
  const { needWaitForService, waitForServiceSeconds } = options.current
  if (!needWaitForService) return
  const remainingMs = startedAtMs + waitForServiceSeconds * 1000 - clock.monotonicMs()
  if (remainingMs <= 0) return
  throw new Refusal(
    responseCode.SYSTEM_ERROR,
    `name server not ready: it waits another ${Math.ceil(remainingMs / 1000)} s for brokers to register (needWaitForService)`,
  )
}

/** Clients in a zone say so with every request. */
function zoneOf(ext: ExtFields | undefined): string | undefined {
  if (ext?.__ZONE_MODE?.toLowerCase() !== 'true') return undefined
  const zoneName = ext.__ZONE_NAME
  return zoneName === undefined || zoneName.trim() === '' ? undefined : zoneName
}
