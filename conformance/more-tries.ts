import { isDeepStrictEqual } from 'node:util'
import { ClientRuns } from './client-runs.ts'
import { clusterRows } from './cluster/row.ts'
import { losses, wrongDeeds } from './compare.ts'
import { diskRow } from './disk/lanes.ts'
import { killRow } from './kill-9/row.ts'
import { type MainServers, needsMainServer, startMainServers, stopMainServers } from './main-servers.ts'
import { ownServerRow } from './own-server/row.ts'
import type { Rig } from './rig.ts'
import type { OpenRow } from './rows.ts'
import { scenarioNamed } from './scenarios.ts'

/** More rows than these are not a busy machine but a fault, and are not tried again. */
const maxRows = 4
/** A row that failed by what CometMQ did must then pass as often as this, one time after the other, with nothing else running. */
const triesForOurs = 3

/**
 * Clients have races of their own, and a crowded machine makes Java programs time out and send twice: neither is a difference between brokers. So a few rows are tried
 * again, alone; the table says so, with what the first try had against them. A message that CometMQ lost is never given another chance.
 */
export async function tryFailedRowsAgain(rig: Rig): Promise<void> {
  const rows = rig.rows.all.filter((row) => rig.rows.verdict(row).problems.length > 0)
  if (rows.length > maxRows || rows.some(lostByUs)) return
  const servers: MainServers = rows.some(({ scenario }) => needsMainServer(scenarioNamed(scenario)))
    ? await startMainServers(rig)
    : new Map()
  for (const row of rows) await tryAgain(rig, row, servers)
  await stopMainServers(servers)
}

function lostByUs(row: OpenRow): boolean {
  return ours(row).some(({ label }) => losses(row, label).length > 0)
}

async function tryAgain(rig: Rig, row: OpenRow, servers: MainServers): Promise<void> {
  const first = { ...row.results }
  const wrong = ours(row).some((side) => wrongDeeds(row, scenarioNamed(row.scenario), side).length > 0)
  row.firstTry = rig.rows.verdict(row).problems
  row.tries = 1
  let wanted = wrong ? triesForOurs : 1
  while (row.tries <= wanted) {
    row.tries++
    console.log(`${row.scenario} (${row.client}), try ${row.tries}, alone: ${row.firstTry.join('; ')}`)
    await runAgain(rig, row, servers, row.tries)
    if (rig.rows.verdict(row).problems.length > 0) return
    const same = ours(row).every(({ label }) => isDeepStrictEqual(first[label]?.facts, row.results[label]?.facts))
    if (!same) wanted = triesForOurs
  }
}

async function runAgain(rig: Rig, row: OpenRow, servers: MainServers, attempt: number): Promise<void> {
  const scenario = scenarioNamed(row.scenario)
  if (scenario.client === 'disk') return diskRow(rig, scenario, `-try-${attempt}`)
  for (const side of row.sides) {
    if (scenario.client === 'kill-9') await killRow(rig, side, `-try-${attempt}`)
    else if (scenario.client === 'cluster')
      await clusterRows(rig, side, [row.scenario], `-${row.scenario}-try-${attempt}`)
    else if (scenario.server !== undefined)
      await ownServerRow(rig, side, row, `-${row.scenario}-${row.client}-try-${attempt}`)
    else await new ClientRuns(rig, side, servers.get(side)!).again(row, attempt)
  }
}

function ours(row: OpenRow): OpenRow['sides'] {
  return row.sides.filter((side) => side.program.kind === 'cometmq')
}
