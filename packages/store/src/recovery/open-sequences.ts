import type { FileSystem, Logger } from '@cometmq/platform'
import { StoreError } from '../error.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import { type MisfitFile, SegmentSequence } from '../segment/segment-sequence.ts'

export interface OpenSequencesParts {
  files: FileSystem
  handles: OpenFiles
  logger: Logger
}

/** The files of the commit log. Refuses what would have to be mended by hand, before anything is changed. */
export async function openLogSequence(
  { files, handles, logger }: OpenSequencesParts,
  directory: string,
  fileBytes: number,
): Promise<SegmentSequence> {
  const { sequence, misfits, strangers, gapAt } = await SegmentSequence.find(files, handles, directory, fileBytes)
  const misfit = misfits[0]
  if (misfit !== undefined) throw wrongLength(misfit, 'mappedFileSizeCommitLog', fileBytes)
  if (gapAt !== undefined) {
    const name = sequence.path(gapAt)
    throw new StoreError(
      'STORE_CORRUPT',
      `the commit log has a gap: ${name} is missing or misplaced; restore it, or move the files on one side of the gap away`,
    )
  }
  if (strangers.length > 0) logger.warn({ directory, strangers }, 'ignored files that are no part of the commit log')
  return sequence
}

/** A queue as it lies on the disk. */
export interface FoundQueue {
  readonly topic: string
  readonly queueId: number
  readonly sequence: SegmentSequence
  /** Files are missing or have a wrong length: the queue has to be made again from the log. */
  readonly isDamaged: boolean
}

/** All queues below `directory`. A wrong length of every file means a wrong option; of single files, damage. */
export async function findQueues(
  parts: OpenSequencesParts,
  directory: string,
  fileBytes: number,
): Promise<FoundQueue[]> {
  const { files, handles, logger } = parts
  const queues: FoundQueue[] = []
  const misfits: MisfitFile[] = []
  let fileCount = 0
  for (const topic of await directoriesIn(files, directory)) {
    for (const name of await directoriesIn(files, `${directory}/${topic}`)) {
      if (!/^\d{1,10}$/.test(name)) continue
      const path = `${directory}/${topic}/${name}`
      const found = await SegmentSequence.find(files, handles, path, fileBytes)
      fileCount += found.sequence.starts.length
      misfits.push(...found.misfits)
      const isDamaged = found.misfits.length > 0 || found.gapAt !== undefined
      if (isDamaged) logger.warn({ path, misfits: found.misfits, gapAt: found.gapAt }, 'a consume queue is damaged')
      queues.push({ topic, queueId: Number(name), sequence: found.sequence, isDamaged })
    }
  }
  const lengths = new Set(misfits.map(({ bytes }) => bytes))
  if (misfits.length > 0 && misfits.length === fileCount && lengths.size === 1) {
    throw wrongLength(misfits[0]!, 'mappedFileSizeConsumeQueue', fileBytes)
  }
  return queues
}

async function directoriesIn(files: FileSystem, directory: string): Promise<string[]> {
  if ((await files.stat(directory)) === undefined) return []
  return (await files.list(directory)).filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
}

function wrongLength({ path, bytes }: MisfitFile, property: string, expected: number): StoreError {
  return new StoreError(
    'STORE_OPEN_FAILED',
    `${path} has ${bytes} bytes, and ${property} says ${expected}: set ${property}=${bytes} if the store was made with it; ` +
      'otherwise the file is damaged, so restore it, or, if it is a consume queue, remove it and it will be made again',
  )
}
