import type { FileSystem, Logger } from '@cometmq/platform'
import { readInt64 } from '@cometmq/protocol/message'

const headerBytes = 40
const endPhyOffsetAt = 24

/**
 * Removes key index files, which an Apache broker has written, that name a record behind the end of the log. After a crash has cut the log, other
 * records come to lie there, and an Apache broker would neither index those nor notice that its entries name them. Other index files stay as they
 * are: they only lack the messages that we have stored.
 */
export async function removeStaleIndex(
  files: FileSystem,
  directory: string,
  logEnd: number,
  logger: Logger,
): Promise<void> {
  if ((await files.stat(directory)) === undefined) return
  for (const { name, isDirectory } of await files.list(directory)) {
    if (isDirectory || !/^\d+$/.test(name)) continue
    const path = `${directory}/${name}`
    if ((await endOffsetOf(files, path)) < logEnd) continue
    logger.warn({ path, logEnd }, 'removing a key index that names records behind the end of the log')
    await files.remove(path)
  }
  await files.syncDirectory(directory)
}

async function endOffsetOf(files: FileSystem, path: string): Promise<number> {
  const file = await files.open(path, { readOnly: true })
  try {
    const header = Buffer.alloc(headerBytes)
    await file.read(header, 0)
    return readInt64(header, endPhyOffsetAt)
  } finally {
    await file.close()
  }
}
