import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Writes out what is dirty and empties the page cache; undefined when that worked, otherwise why not. */
export async function dropPageCache(): Promise<string | undefined> {
  await run('sync')
  try {
    await writeFile('/proc/sys/vm/drop_caches', '1')
    return undefined
  } catch (error) {
    return `the page cache was not emptied (${(error as Error).message}): reads may come from memory`
  }
}
