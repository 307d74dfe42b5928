import type { FileSystem } from '@cometmq/platform'
import { checkpointFileBytes, decodeCheckpoint, emptyCheckpoint } from '../format/checkpoint.ts'
import { behindCheckpoint, findStartFile, startAtCheckpoint } from '../recovery/find-start.ts'
import type { Finding, Findings } from './finding.ts'
import type { FoundStore } from './found-store.ts'

export interface CheckpointClaims {
  /** Behind the start of the last record that was durable; 0 when none is named. */
  readonly durableEnd: number
  /** From here on recovery makes everything again when the store is opened next. */
  readonly mendedFrom: number
}

/** What the checkpoint claims, and where recovery would begin. */
export async function auditCheckpoint(
  found: FoundStore,
  files: FileSystem,
  wasClosed: boolean,
  findings: Findings,
): Promise<CheckpointClaims> {
  const path = `${found.root}/checkpoint`
  const add = (severity: Finding['severity']) => (text: string) =>
    findings.add({ kind: 'checkpoint', severity, path, text })
  const [note, damage] = [add('note'), add('damage')]
  const { sequence } = found.log
  let checkpoint = emptyCheckpoint()
  const stat = await files.stat(path)
  if (stat === undefined) {
    if (!sequence.isEmpty) note('is missing: the whole log is read when the store is opened next')
  } else if (stat.size > checkpointFileBytes) damage(`has ${stat.size} bytes, not ${checkpointFileBytes}`)
  else {
    const decoded = decodeCheckpoint(await files.readFile(path))
    if (decoded === undefined) damage('is too short, or holds values that cannot be')
    else checkpoint = decoded
  }
  const { logicsPhysicalOffset, durableLogOffset } = checkpoint
  const first = sequence.first ?? 0
  const named = await startAtCheckpoint(sequence, checkpoint, true)
  if (logicsPhysicalOffset > first && named === undefined)
    damage(`names a record at ${logicsPhysicalOffset} of the log, and none begins there`)
  const durableEnd = durableLogOffset > 0 && durableLogOffset >= first ? durableLogOffset + 1 : 0
  if (wasClosed) return { durableEnd, mendedFrom: Number.POSITIVE_INFINITY }
  const start =
    durableLogOffset > 0 && named !== undefined
      ? named
      : await findStartFile(sequence, behindCheckpoint(checkpoint), true)
  return { durableEnd, mendedFrom: Math.max(start, durableEnd) }
}
