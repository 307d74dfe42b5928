import type { FileSystem } from '@cometmq/platform'
import { forEachAtOnce } from '../for-each-at-once.ts'
import type { OpenFiles } from '../segment/open-files.ts'
import { SegmentSequence } from '../segment/segment-sequence.ts'
import { BatchAudit } from './batch-audit.ts'
import { ExtendedAudit } from './extended-audit.ts'
import type { Findings } from './finding.ts'
import {
  batchPath,
  extendedPath,
  type FoundStore,
  lengthText,
  type QueueFolder,
  type QueueName,
  queuePath,
} from './found-store.ts'
import { QueueAudit } from './queue-audit.ts'

const queuesAtOnce = 16

interface CommonParts {
  findings: Findings
  mendedFrom: number
  isClosed: boolean
  topics: ReadonlySet<string> | undefined
}

interface FilesToCheck {
  files: FileSystem
  handles: OpenFiles
}

/** Looks at the files of all queues, and makes what holds records against them. */
export async function findQueueAudits(found: FoundStore, common: CommonParts, parts: FilesToCheck) {
  const { root, log, queueFolders, queueFileBytes, batchFolders, batchFileBytes, extendedFolders } = found
  const queuesPath = `${root}/consumequeue`
  const extended = new ExtendedAudit()
  const queues = new QueueAudit({
    ...common,
    extended,
    blockBytes: await blockBytesOf(parts.files, queuesPath),
    queuePath: (topic, queueId) => queuePath(root, topic, queueId),
  })
  const batches = new BatchAudit({
    ...common,
    blockBytes: await blockBytesOf(parts.files, batchPath(root)),
    logFirst: log.sequence.first ?? 0,
    queuePath: (topic, queueId) => `${batchPath(root)}/${topic}/${queueId}`,
  })
  const find = (
    directory: string,
    folders: readonly QueueName[],
    fileBytes: number,
    add: (folder: QueueFolder) => Promise<void>,
  ) =>
    forEachAtOnce(queuesAtOnce, folders, async (name) => {
      await add(await findFiles(`${directory}/${name.topic}/${name.queueId}`, name, fileBytes, common.findings, parts))
    })
  await find(queuesPath, queueFolders, queueFileBytes, (folder) => queues.add(folder))
  await find(batchPath(root), batchFolders, batchFileBytes, (folder) => batches.add(folder))
  await find(extendedPath(root), extendedFolders, found.extendedFileBytes, async ({ topic, queueId, sequence }) =>
    extended.add(topic, queueId, sequence),
  )
  return { queues, batches, extended }
}

async function findFiles(
  path: string,
  name: QueueName,
  fileBytes: number,
  findings: Findings,
  { files, handles }: FilesToCheck,
): Promise<QueueFolder> {
  const found = await SegmentSequence.find(files, handles, path, fileBytes, { keepEmpty: true })
  const damage = (kind: 'queue-file-length' | 'queue-file-missing', file: string, text: string) =>
    findings.add({ kind, severity: 'damage', path: file, text })
  for (const misfit of found.misfits) damage('queue-file-length', misfit.path, lengthText(misfit, fileBytes))
  if (found.gapAt !== undefined) damage('queue-file-missing', found.sequence.path(found.gapAt), 'is missing')
  return { ...found, ...name }
}

async function blockBytesOf(files: FileSystem, directory: string): Promise<number | undefined> {
  return (await files.stat(directory)) === undefined ? undefined : (await files.usage(directory)).blockBytes
}
