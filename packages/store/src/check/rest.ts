import { isHoleBehind } from '../segment/zero-rest.ts'
import type { Findings } from './finding.ts'
import type { QueueFolder } from './found-store.ts'
import { firstNonZero } from './log-walk.ts'

const blockBytes = 1024 * 1024

/** Behind the last unit a file holds zeros: other bytes would be taken for units later. */
export async function checkRest(
  { sequence, lastAllocatedBytes }: QueueFolder,
  end: number,
  { findings, blockBytes: diskBlockBytes }: { findings: Findings; blockBytes: number | undefined },
): Promise<void> {
  const disk = { allocatedBytes: lastAllocatedBytes, blockBytes: diskBlockBytes }
  if (!sequence.has(sequence.startOf(end)) || (await isHoleBehind(sequence, end, disk))) return
  const fileEnd = sequence.startOf(end) + sequence.fileBytes
  const bytes = Buffer.allocUnsafe(blockBytes)
  for (let position = end; position < fileEnd; position += bytes.length) {
    const part = bytes.subarray(0, Math.min(bytes.length, fileEnd - position))
    const at = firstNonZero(part.subarray(0, await sequence.read(part, position)))
    if (at < 0) continue
    return findings.add({
      kind: 'queue-garbage',
      severity: 'note',
      path: sequence.path(sequence.startOf(position)),
      text: `bytes at ${position + at} of ${sequence.directory}, behind the last unit, are not zero`,
    })
  }
}
