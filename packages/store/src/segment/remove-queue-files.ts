import type { FileSystem } from '@cometmq/platform'
import type { SegmentSequence } from './segment-sequence.ts'

/** Removes all files of a queue, its folder, and that of its topic when nothing else is in it. What somebody else put there stays. */
export async function removeQueueFiles(files: FileSystem, sequence: SegmentSequence): Promise<void> {
  await sequence.removeFrom(0)
  const { directory } = sequence
  for (const folder of [directory, directory.slice(0, directory.lastIndexOf('/'))]) {
    if ((await files.stat(folder)) === undefined) continue
    if ((await files.list(folder)).length > 0) return
    await files.removeDirectory(folder)
  }
}
