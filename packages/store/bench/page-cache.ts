import { spawnSync } from 'node:child_process'
import { globSync } from 'node:fs'

/**
 * Takes the files of a store, which are synced, out of the system's page cache, each by itself (`dd iflag=nocache`), so that other programs on the machine keep
 * theirs. False where that cannot be done: what is read then is only cold for the store.
 */
export function dropFromPageCache(folder: string): boolean {
  const paths = globSync(`${folder}/{commitlog,consumequeue}/**/[0-9]*`, { withFileTypes: true })
  return paths
    .filter((entry) => entry.isFile())
    .every(({ parentPath, name }) => {
      const { status } = spawnSync('dd', [`if=${parentPath}/${name}`, 'iflag=nocache', 'count=0', 'status=none'])
      return status === 0
    })
}

export const coldness = (isDropped: boolean) =>
  isDropped ? 'page cache dropped' : 'the page cache could not be dropped: cold for the store only'
