import { makeDurableDirectory, parentOf } from './durable-directory.ts'
import { FileSystemError } from './error.ts'
import type { FileSystem } from './file-system.ts'

/**
 * Replaces a whole small file so that a power cut leaves the old content or the new one and nothing between: a temporary file is written and
 * synced, takes the place of the old one in one step, and the folder is synced. With `keepPrevious` the old content stays at `path.bak`,
 * as RocketMQ does with its configuration files. When the new content cannot be written, the old one stays, and the room that the temporary file
 * took is given back: on a full disk others need it.
 *
 * @example
 * await replaceFile(files, '/data/store/config/topics.json', Buffer.from(text), { keepPrevious: true })
 */
export async function replaceFile(
  files: FileSystem,
  path: string,
  content: Uint8Array,
  options: { keepPrevious?: boolean } = {},
): Promise<void> {
  const folder = parentOf(path) ?? '.'
  if ((await files.stat(folder)) === undefined) await makeDurableDirectory(files, folder)
  const temporary = `${path}.tmp`
  try {
    await writeSynced(files, temporary, content)
  } catch (error) {
    // The error that counts is the first; a temporary file that stays is overwritten by the next try.
    await files.remove(temporary).catch(() => undefined)
    throw error
  }
  if (options.keepPrevious === true && (await files.stat(path)) !== undefined) {
    await files.rename(path, `${path}.bak`)
    await files.syncDirectory(folder)
  }
  await files.rename(temporary, path)
  await files.syncDirectory(folder)
}

/**
 * Reads what `replaceFile` wrote: the file, or its `.bak` when the file is missing or `parse` refuses it, which is then put aside as
 * `.unreadable`, so that it does not become the backup of the next write. `undefined` when neither is there.
 * When there is something and neither can be read, the error of the file itself is thrown: better to stop than to start with nothing.
 */
export async function readReplaceable<T>(
  files: FileSystem,
  path: string,
  parse: (content: Buffer) => T,
): Promise<T | undefined> {
  let failure: unknown
  for (const candidate of [path, `${path}.bak`]) {
    try {
      const value = parse(await files.readFile(candidate))
      if (failure !== undefined) await files.rename(path, `${path}.unreadable`)
      return value
    } catch (error) {
      if (!(error instanceof FileSystemError && error.systemCode === 'ENOENT')) failure ??= error
    }
  }
  if (failure !== undefined) throw failure
  return undefined
}

async function writeSynced(files: FileSystem, path: string, content: Uint8Array): Promise<void> {
  const file = await files.open(path, { create: true })
  try {
    await file.truncate(0)
    await file.write(content, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}
