import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface SmallDisk {
  readonly path: string
  remove(): Promise<void>
}

export type DiskKind = 'tmpfs' | 'ext4'

/** A file system of so many MiB of its own, mounted; or why there can be none here, which takes root and a kernel that allows it. */
export async function mountSmallDisk(kind: DiskKind, sizeMiB: number): Promise<SmallDisk | string> {
  const folder = await mkdtemp(join(tmpdir(), 'small-disk-'))
  const path = join(folder, 'mounted')
  const image = join(folder, 'image')
  try {
    await run('mkdir', [path])
    if (kind === 'tmpfs') await run('mount', ['-t', 'tmpfs', '-o', `size=${sizeMiB}m`, 'tmpfs', path])
    else {
      await run('truncate', ['-s', `${sizeMiB}M`, image])
      await run('mkfs.ext4', ['-q', '-F', '-m', '0', image])
      await run('mount', ['-o', 'loop', image, path])
    }
  } catch (error) {
    await rm(folder, { recursive: true })
    return `no ${kind} can be mounted here: ${(error as Error).message.trim()}`
  }
  const remove = async () => {
    await run('umount', [path])
    await rm(folder, { recursive: true })
  }
  return { path, remove }
}
