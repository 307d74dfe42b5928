import { join } from 'node:path'
import { runMqadmin } from '../admin/run-mqadmin.ts'
import { adminClient, diskClient } from '../java.ts'
import { failedResult, type ScenarioResult } from '../results.ts'
import type { Rig } from '../rig.ts'
import { selected } from '../rows.ts'
import { portStep, type Side, shifted } from '../servers.ts'
import { Cluster } from './cluster.ts'
import { clusterSteps } from './steps.ts'

/** A cluster of each side in its turn; all that is selected runs on it, one after the other. */
export async function runClusters(rig: Rig): Promise<void> {
  const names = selected(rig.options, 'cluster').map(({ name }) => name)
  if (names.length === 0) return
  for (const side of rig.sides) await clusterRows(rig, side, names)
}

/** `suffix` keeps the files of a later try apart from those of the first. */
export async function clusterRows(rig: Rig, side: Side, names: readonly string[], suffix = ''): Promise<void> {
  const label = `${side.label}-cluster${suffix}`
  const directory = join(rig.directory, label)
  const open = new Set(names)
  let cluster: Cluster | undefined
  try {
    const { program, namesrvPort, brokerPort } = shifted(side, portStep.cluster)
    cluster = await Cluster.start({ program, directory, namesrvPort, brokerPort })
    for (const name of names) {
      await cluster.mend()
      await runOne(rig, side, cluster, name, label)
      open.delete(name)
    }
  } catch (failure) {
    for (const name of open) rig.rows.note(side, diskClient, failedResult(name, String(failure)))
  } finally {
    await cluster?.kill()
  }
}

function runOne(rig: Rig, side: Side, cluster: Cluster, name: string, label: string): Promise<void> {
  return runMqadmin({
    client: rig.clients.get(adminClient)!,
    namesrv: cluster.namesrv(),
    defined: cluster.addresses(),
    names: [name],
    steps: clusterSteps,
    onAsk: (request) => cluster.act(request),
    label: `${label}-${name}`,
    directory: join(rig.directory, label, 'mqadmin'),
    onResult: (result) =>
      rig.rows.note(side, diskClient, { ...result, facts: { ...result.facts, lost: lostIn(result) } }),
  })
}

/** All that the steps `!seen` have waited for in vain. */
function lostIn({ facts }: ScenarioResult): number {
  const seen = Object.entries(facts).filter(([name]) => name.includes(' !seen '))
  return seen.reduce((sum, [, text]) => sum + Number.parseInt(String(text), 10), 0)
}
