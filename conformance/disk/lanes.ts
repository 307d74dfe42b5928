import assert from 'node:assert/strict'
import { join } from 'node:path'
import { diskClient } from '../java.ts'
import type { Processes } from '../processes.ts'
import { failedResult } from '../results.ts'
import type { Rig } from '../rig.ts'
import { selected } from '../rows.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { apacheReleases, portStep, type Side, shifted } from '../servers.ts'
import { ofRelease } from '../setup.ts'
import { interchange } from './interchange.ts'

/** A lane for each release of Apache, on ports of its own: the lanes run side by side, the rows of a lane one after the other. */
export async function runDiskLanes(rig: Rig): Promise<void> {
  const scenarios = selected(rig.options, 'disk')
  await Promise.all(
    apacheReleases.map(async (release) => {
      for (const scenario of scenarios) if (scenario.disk?.apache === release) await diskRow(rig, scenario)
    }),
  )
}

/** `suffix` keeps the files of a later try apart from those of the first. */
export async function diskRow(rig: Rig, scenario: Scenario, suffix = ''): Promise<void> {
  const { writer, reader } = diskSides(rig.processes, rig.sides, scenario)
  const client = rig.clients.get(diskClient)!
  const { killed, apache } = scenario.disk!
  const directory = join(rig.directory, scenario.name + suffix)
  const exchange = { scenario: scenario.name, writer, reader, killed, apache, client, directory }
  const result = await interchange(exchange).catch((failure: unknown) => failedResult(scenario.name, String(failure)))
  rig.rows.note(reader, diskClient, result)
}

/** `apache` is the first side, `cometmq` the second: so the rig can also be tried with Apache alone. */
export function diskSides(
  processes: Processes,
  sides: readonly Side[],
  { disk }: Scenario,
): { writer: Side; reader: Side } {
  assert(disk !== undefined)
  const [first, second = first] = sides.map((side) =>
    shifted(ofRelease(processes, side, disk.apache), portStep.disk[disk.apache]),
  )
  assert(first !== undefined && second !== undefined)
  return disk.writer === 'apache' ? { writer: first, reader: second } : { writer: second, reader: first }
}
