import { type FileLock, type FileSystem, messageOf } from '@cometmq/platform'
import { StoreError } from '../error.ts'
import type { Findings } from './finding.ts'

/** Keeps brokers away while the check runs. A store without a lock file was never opened, so nobody has it. */
export async function lockIfThere(
  files: FileSystem,
  path: string,
  isForced: boolean,
  findings: Findings,
): Promise<FileLock | undefined> {
  if ((await files.stat(path)) === undefined) return undefined
  let why = 'a broker uses the store'
  try {
    const content = await files.readFile(path)
    const lock = await files.lock(path)
    if (lock !== undefined) return { release: () => lock.release().then(() => putBack(files, path, content)) }
  } catch (error) {
    why = `the lock cannot be taken (${messageOf(error)})`
  }
  if (!isForced) {
    throw new StoreError(
      'STORE_LOCKED',
      `${why}: stop the broker, or look all the same with --force, when what is being written can look like damage`,
    )
  }
  findings.add({ kind: 'in-use', severity: 'note', path, text: `${why}: what is being written can look like damage` })
  return undefined
}

/** Apache brokers leave a word in the lock file, which taking the lock removes. */
async function putBack(files: FileSystem, path: string, content: Buffer): Promise<void> {
  if (content.length === 0) return
  const file = await files.open(path)
  try {
    await file.write(content, 0)
  } finally {
    await file.close()
  }
}
