import { ClientRuns } from './client-runs.ts'
import { runClusters } from './cluster/row.ts'
import { runDiskLanes } from './disk/lanes.ts'
import { runKill9 } from './kill-9/row.ts'
import { startMainServers, stopMainServers } from './main-servers.ts'
import { tryFailedRowsAgain } from './more-tries.ts'
import { runOwnServers } from './own-server/row.ts'
import type { Rig } from './rig.ts'

/** One run: what waits a lot side by side; what measures short times, alone; then lanes of what starts and stops brokers; then, alone, rows that failed. */
export async function runSession(rig: Rig): Promise<void> {
  await runClients(rig)
  await Promise.all([runDiskLanes(rig), behindKill9(rig)])
  await tryFailedRowsAgain(rig)
}

/** The servers do not outlive it: a broker of Apache 5.5.0 that has met a transaction keeps a processor busy for as long as it lives. */
async function runClients(rig: Rig): Promise<void> {
  const servers = await startMainServers(rig)
  const runs = [...servers].map(([side, server]) => new ClientRuns(rig, side, server))
  await Promise.all(runs.map((run) => run.all()))
  for (const run of runs) await run.alone()
  await stopMainServers(servers)
}

async function behindKill9(rig: Rig): Promise<void> {
  await runKill9(rig)
  await runOwnServers(rig)
  await runClusters(rig)
}
