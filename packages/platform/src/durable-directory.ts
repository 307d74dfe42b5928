import { systemCodeOf } from './error.ts'
import type { FileSystem } from './file-system.ts'

/** Folders above ours may be closed to us; then whoever made them has to see to their names. */
const closedToUs: ReadonlySet<string> = new Set(['EACCES', 'EPERM'])

/**
 * Makes the folder with all those above it, and makes all their names durable: a file is lost to a power cut when the name of any folder above
 * it is. Those that exist are synced too, since a process that made them may have died before it got there.
 */
export async function makeDurableDirectory(files: FileSystem, path: string): Promise<void> {
  await files.makeDirectory(path)
  for (let parent = parentOf(path); parent !== undefined; parent = parentOf(parent)) {
    try {
      await files.syncDirectory(parent)
    } catch (error) {
      if (closedToUs.has(systemCodeOf(error))) return
      throw error
    }
  }
}

/** The folder that holds `path`; `undefined` when there is none above. */
export function parentOf(path: string): string | undefined {
  if (path === '/' || path === '.' || path === '') return undefined
  const slash = path.lastIndexOf('/')
  if (slash < 0) return '.'
  return slash === 0 ? '/' : path.slice(0, slash)
}
