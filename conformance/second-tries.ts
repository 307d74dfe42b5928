import { isDeepStrictEqual } from 'node:util'
import { ClientRuns } from './client-runs.ts'
import { wrongDeeds } from './compare.ts'
import { diskRow } from './disk/lanes.ts'
import { killRow } from './kill-9/row.ts'
import { type MainServers, startMainServers, stopMainServers } from './main-servers.ts'
import type { Rig } from './rig.ts'
import type { OpenRow } from './rows.ts'
import { type Scenario, scenarioNamed } from './scenarios.ts'

/** More rows than these are not a busy machine but a fault, and get no second try. */
const maxSecondTries = 4
const suffix = '-again'

/**
 * A Java broker or client that a crowded machine keeps from working times out and sends twice, which is no difference between brokers. So a few rows get a second try
 * with nothing else running; see `deservesSecondTry`. The table says so.
 */
export async function trySomeAgain(rig: Rig): Promise<void> {
  const rows = rig.rows.all.filter((row) => rig.rows.verdict(row).problems.length > 0)
  const again = rows.filter(deservesSecondTry)
  if (again.length < rows.length || rows.length > maxSecondTries) return
  const needsServers = again.some((row) => isComparedByFacts(scenarioNamed(row.scenario)))
  const servers: MainServers = needsServers ? await startMainServers(rig) : new Map()
  for (const row of again) await tryAgain(rig, row, servers)
  await stopMainServers(servers)
}

/** When a program failed in a row of disk or kill -9, or when CometMQ did nothing wrong, and only took long or found Apache's broker of another mind. */
function deservesSecondTry(row: OpenRow): boolean {
  const scenario = scenarioNamed(row.scenario)
  if (scenario.client === 'disk' || scenario.client === 'kill-9') {
    return Object.values(row.results).some((result) => result.error !== null)
  }
  const ours = row.sides.filter((side) => side.program.kind === 'cometmq')
  return isComparedByFacts(scenario) && ours.every((side) => wrongDeeds(row, scenario, side).length === 0)
}

async function tryAgain(rig: Rig, row: OpenRow, servers: MainServers): Promise<void> {
  const scenario = scenarioNamed(row.scenario)
  const first = { ...row.results }
  row.firstTry = rig.rows.verdict(row).problems
  console.log(`${row.scenario} (${row.client}) again, alone: ${row.firstTry.join('; ')}`)
  if (scenario.client === 'disk') return diskRow(rig, scenario, suffix)
  for (const side of row.sides) {
    if (scenario.client === 'kill-9') await killRow(rig, side, suffix)
    else await new ClientRuns(rig, side, servers.get(side)!).again(row)
  }
  // The second try is about Apache's side: what CometMQ found must be the same as before.
  for (const { label, program } of row.sides) {
    if (!isComparedByFacts(scenario) || program.kind !== 'cometmq') continue
    if (!isDeepStrictEqual(first[label]?.facts, row.results[label]?.facts)) row.results[label] = first[label]!
  }
}

function isComparedByFacts({ client }: Scenario): boolean {
  return client === 'java' || client === 'mqadmin'
}
