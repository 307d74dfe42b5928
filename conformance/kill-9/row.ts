import { join } from 'node:path'
import { diskClient } from '../java.ts'
import { failedResult } from '../results.ts'
import type { Rig } from '../rig.ts'
import { selected } from '../rows.ts'
import { portStep, type Side, shifted } from '../servers.ts'
import { killRounds } from './rounds.ts'

/** Each side in its turn: they have one processor to themselves while stores change hands beside them. */
export async function runKill9(rig: Rig): Promise<void> {
  if (selected(rig.options, 'kill-9').length === 0) return
  for (const side of rig.sides) await killRow(rig, side)
}

/** `suffix` keeps the files of a later try apart from those of the first. */
export async function killRow(rig: Rig, side: Side, suffix = ''): Promise<void> {
  const client = rig.clients.get(diskClient)!
  const directory = join(rig.directory, `kill-9-${side.label}${suffix}`)
  // Apache's broker is there to show that the accounting is right; its restarts take long.
  const rounds = side.program.kind === 'apache' ? 1 : rig.options.rounds
  const killed = { side: shifted(side, portStep.kill9), client, rounds, directory }
  const result = await killRounds(killed).catch((failure: unknown) => failedResult('kill-9', String(failure)))
  rig.rows.note(side, diskClient, result)
}
