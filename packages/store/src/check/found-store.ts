import type { FileSystem, Logger } from '@cometmq/platform'
import { StoreError } from '../error.ts'
import { batchUnitBytes } from '../format/batch-unit.ts'
import { startOffsetOf } from '../format/file-name.ts'
import { unitBytes } from '../format/queue-unit.ts'
import { defaultFileBytes } from '../options.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import { type FoundFiles, type MisfitFile, SegmentSequence } from '../segment/segment-sequence.ts'

/** Queues that are looked at to learn how long their files are. */
const queuesForLength = 64

/** What is not in the store itself. */
export interface StorePlace {
  /** The store, or the folder in which it is called `store`. */
  directory: string
  /** `commitlog` in the store unless given. */
  commitLog?: string | undefined
  /** Lengths of files; those that most files have unless given. */
  logFileBytes?: number | undefined
  queueFileBytes?: number | undefined
  batchFileBytes?: number | undefined
  extendedFileBytes?: number | undefined
  /** Topics whose queues are of type BatchCQ, besides those that have batch queues. */
  batchTopics?: ReadonlySet<string> | undefined
}

/** A queue's folder. */
export interface QueueFolder extends FoundFiles {
  readonly topic: string
  readonly queueId: number
}

/** A store as it lies there, before anything is judged. */
export interface FoundStore {
  readonly root: string
  readonly log: FoundFiles
  readonly logFileBytes: number
  readonly queueFileBytes: number
  readonly batchFileBytes: number
  readonly extendedFileBytes: number
  readonly queueFolders: readonly QueueName[]
  readonly batchFolders: readonly QueueName[]
  readonly extendedFolders: readonly QueueName[]
  readonly isBatchTopic: (topic: string) => boolean
}

export interface QueueName {
  readonly topic: string
  readonly queueId: number
}

/** Finds the parts of a store. Rejects when there is none. */
export async function findStore(
  { files, handles }: { files: FileSystem; handles: OpenFiles; logger: Logger },
  place: StorePlace,
): Promise<FoundStore> {
  const root = await storeRoot(files, place)
  const commitLog = place.commitLog ?? `${root}/commitlog`
  const logFileBytes = place.logFileBytes ?? (await usualLength(files, [commitLog])) ?? defaultFileBytes.log
  const [queueFolders, batchFolders, extendedFolders] = [
    await foldersOf(files, `${root}/consumequeue`),
    await foldersOf(files, batchPath(root)),
    await foldersOf(files, extendedPath(root)),
  ]
  const usual = (directory: string, folders: readonly QueueName[]) =>
    usualLength(
      files,
      folders.slice(0, queuesForLength).map(({ topic, queueId }) => `${directory}/${topic}/${queueId}`),
    )
  const queueFileBytes =
    place.queueFileBytes ?? (await usual(`${root}/consumequeue`, queueFolders)) ?? defaultFileBytes.queue
  const batchFileBytes = place.batchFileBytes ?? (await usual(batchPath(root), batchFolders)) ?? defaultFileBytes.batch
  const extendedFileBytes =
    place.extendedFileBytes ?? (await usual(extendedPath(root), extendedFolders)) ?? defaultFileBytes.extended
  if (batchFileBytes % batchUnitBytes !== 0)
    throw new StoreError(
      'STORE_OPEN_FAILED',
      `the batch queue files of ${root} have ${batchFileBytes} bytes, which is no multiple of ${batchUnitBytes}: say their length (mapperFileSizeBatchConsumeQueue)`,
    )
  const batchTopics = new Set([...batchFolders.map(({ topic }) => topic), ...(place.batchTopics ?? [])])
  const lengths = { logFileBytes, queueFileBytes, batchFileBytes, extendedFileBytes }
  if (queueFileBytes % unitBytes !== 0)
    throw new StoreError(
      'STORE_OPEN_FAILED',
      `the queue files of ${root} have ${queueFileBytes} bytes, which is no multiple of ${unitBytes}: say their length (mappedFileSizeConsumeQueue)`,
    )
  const log = await SegmentSequence.find(files, handles, commitLog, logFileBytes, { keepEmpty: true })
  const isBatchTopic = (topic: string) => batchTopics.has(topic)
  return { root, log, ...lengths, queueFolders, batchFolders, extendedFolders, isBatchTopic }
}

export const queuePath = (root: string, topic: string, queueId: number): string =>
  `${root}/consumequeue/${topic}/${queueId}`

export const batchPath = (root: string): string => `${root}/batchconsumequeue`
export const extendedPath = (root: string): string => `${root}/consumequeue_ext`

/** Files with another length than the usual one, said so. */
export const lengthText = ({ bytes }: MisfitFile, expected: number): string =>
  `has ${bytes} bytes, and the others have ${expected}`

async function storeRoot(files: FileSystem, { directory, commitLog }: StorePlace): Promise<string> {
  const folder = directory.replace(/(.)\/+$/, '$1')
  for (const root of [folder, `${folder}/store`]) {
    for (const part of ['commitlog', 'consumequeue', 'checkpoint']) {
      if ((await files.stat(`${root}/${part}`)) !== undefined) return root
    }
  }
  if (commitLog !== undefined && (await files.stat(folder)) !== undefined) return folder
  throw new StoreError(
    'STORE_OPEN_FAILED',
    `there is no store in ${folder}: name the folder that holds commitlog and consumequeue, or the one above it`,
  )
}

async function foldersOf(files: FileSystem, directory: string): Promise<QueueName[]> {
  const folders: QueueName[] = []
  if ((await files.stat(directory)) === undefined) return folders
  for (const topic of await files.list(directory)) {
    if (!topic.isDirectory) continue
    for (const queue of await files.list(`${directory}/${topic.name}`)) {
      if (!queue.isDirectory || !/^(0|[1-9]\d{0,9})$/.test(queue.name)) continue
      folders.push({ topic: topic.name, queueId: Number(queue.name) })
    }
  }
  return folders
}

/** The length that most data files in these folders have; of those that are as frequent, the largest. */
async function usualLength(files: FileSystem, folders: readonly string[]): Promise<number | undefined> {
  const counts = new Map<number, number>()
  for (const folder of folders) {
    if ((await files.stat(folder)) === undefined) continue
    for (const { name, isDirectory } of await files.list(folder)) {
      if (isDirectory || startOffsetOf(name) === undefined) continue
      const size = (await files.stat(`${folder}/${name}`))?.size ?? 0
      if (size > 0) counts.set(size, (counts.get(size) ?? 0) + 1)
    }
  }
  return [...counts].sort(([aSize, a], [bSize, b]) => b - a || bSize - aSize)[0]?.[0]
}
