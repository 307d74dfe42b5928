import { join } from 'node:path'
import type { Rig } from './rig.ts'
import { selected } from './rows.ts'
import type { ClientKind, Scenario } from './scenarios/scenario.ts'
import { commonProperties, type RunningServer, type Side } from './servers.ts'

const served: readonly ClientKind[] = ['java', 'ali-ons', 'mqadmin']

/** The server of each side that clients work with; none where no scenario of theirs is selected. */
export type MainServers = ReadonlyMap<Side, RunningServer>

/** The stores that change hands have no light queues: Apache keeps the groups of those in files of their own. */
const properties = { ...commonProperties, enableLmq: 'true', enableMultiDispatch: 'true' }

/** Others have servers of their own. */
export function needsMainServer({ client, server }: Scenario): boolean {
  return served.includes(client) && server === undefined
}

/** They keep their stores from one start to the next. */
export async function startMainServers(rig: Rig): Promise<MainServers> {
  if (!served.some((kind) => selected(rig.options, kind).some(needsMainServer))) return new Map()
  const started = rig.sides.map(async (side): Promise<[Side, RunningServer]> => {
    const { namesrvPort, brokerPort, label } = side
    const directory = join(rig.directory, label)
    const server = await side.program.start({ directory, namesrvPort, brokerPort, properties })
    console.log(`${label}: ready after ${server.startupMs} ms, NameServer ${server.namesrv}`)
    return [side, server]
  })
  return new Map(await Promise.all(started))
}

/** Nothing is read of their stores any more: one that does not end by itself is told of, and spoils no row. */
export async function stopMainServers(servers: MainServers): Promise<void> {
  const stopped = [...servers].map(([{ label }, server]) =>
    server.stop().catch((failure: unknown) => console.log(`${label}: ${failure}`)),
  )
  await Promise.all(stopped)
}
