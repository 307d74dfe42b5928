import type { FileSystem, Logger } from '@cometmq/platform'
import { StoreError } from '../error.ts'
import { forEachAtOnce } from '../for-each-at-once.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import { type FoundFiles, type MisfitFile, SegmentSequence } from '../segment/segment-sequence.ts'

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
): Promise<FoundFiles> {
  const found = await SegmentSequence.find(files, handles, directory, fileBytes)
  const { sequence, misfits, strangers, gapAt } = found
  const misfit = misfits[0]
  if (misfit !== undefined) throw wrongLength(misfit, 'mappedFileSizeCommitLog', fileBytes)
  if (gapAt !== undefined) {
    const behind = sequence.starts.filter((start) => start >= gapAt)
    throw new StoreError(
      'STORE_CORRUPT',
      `the commit log has a gap: ${sequence.path(gapAt)} is missing or misplaced, and ${behind.length} files behind it could not be reached ` +
        `(${behind.length * fileBytes} bytes from ${behind[0]} on); restore the file from a copy, or ${whatHelps(directory)}`,
    )
  }
  if (strangers.length > 0) logger.warn({ directory, strangers }, 'ignored files that are no part of the commit log')
  return found
}

/** The end of a message about a damaged log: which commands tell more and go on without what is lost. */
export function whatHelps(logDirectory: string): string {
  const root = logDirectory.replace(/\/[^/]*$/, '')
  return (
    `see with "cometmq store check ${root}" what is lost, and give it up with "cometmq store repair ${root} --cut-log-at-damage", ` +
    'which moves it aside'
  )
}

/** A queue as it lies on the disk. */
export interface FoundQueue {
  readonly topic: string
  readonly queueId: number
  readonly sequence: SegmentSequence
  /** Its extended units, when any queue has some. */
  readonly extended?: SegmentSequence
  /** Files are missing or have a wrong length: the queue has to be made again from the log. */
  readonly isDamaged: boolean
  /** Bytes that the last file takes on the disk, where that is known. */
  readonly lastAllocatedBytes: number | undefined
}

/** Folders that are looked into at the same time. */
const foldersAtOnce = 16

/** All queues below `directory`. A wrong length of every file means a wrong option; of single files, damage. */
export async function findQueues(
  parts: OpenSequencesParts,
  directory: string,
  fileBytes: number,
  property = 'mappedFileSizeConsumeQueue',
): Promise<FoundQueue[]> {
  const { files, handles, logger } = parts
  const looking = handles.opening ?? files
  const folders: { topic: string; queueId: number }[] = []
  await forEachAtOnce(foldersAtOnce, await directoriesIn(looking, directory), async (topic) => {
    for (const name of await directoriesIn(looking, `${directory}/${topic}`)) {
      if (/^(0|[1-9]\d{0,9})$/.test(name)) folders.push({ topic, queueId: Number(name) })
    }
  })
  const queues: FoundQueue[] = []
  const misfits: MisfitFile[] = []
  let fileCount = 0
  await forEachAtOnce(foldersAtOnce, folders, async ({ topic, queueId }) => {
    const path = `${directory}/${topic}/${queueId}`
    const found = await SegmentSequence.find(files, handles, path, fileBytes)
    const { sequence, gapAt, lastAllocatedBytes } = found
    fileCount += sequence.starts.length
    misfits.push(...found.misfits)
    const isDamaged = found.misfits.length > 0 || gapAt !== undefined
    if (isDamaged) logger.warn({ path, misfits: found.misfits, gapAt }, 'a consume queue is damaged')
    queues.push({ topic, queueId, sequence, isDamaged, lastAllocatedBytes })
  })
  const lengths = new Set(misfits.map(({ bytes }) => bytes))
  if (misfits.length > 0 && misfits.length === fileCount && lengths.size === 1) {
    throw wrongLength(misfits[0]!, property, fileBytes)
  }
  return queues
}

async function directoriesIn(files: Pick<FileSystem, 'list' | 'stat'>, directory: string): Promise<string[]> {
  if ((await files.stat(directory)) === undefined) return []
  return (await files.list(directory)).filter(({ isDirectory }) => isDirectory).map(({ name }) => name)
}

export function wrongLength({ path, bytes }: MisfitFile, property: string, expected: number): StoreError {
  return new StoreError(
    'STORE_OPEN_FAILED',
    `${path} has ${bytes} bytes, and ${property} says ${expected}: set ${property}=${bytes} if the store was made with it; ` +
      'otherwise the file is damaged, so restore it, or, if it is a consume queue, remove it and it will be made again; ' +
      '"cometmq store check" on the store says what else is wrong',
  )
}
