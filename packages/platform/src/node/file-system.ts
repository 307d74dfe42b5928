import {
  closeSync,
  constants,
  type Dirent,
  openSync,
  readdirSync,
  readSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs'
import * as fs from 'node:fs/promises'
import { join } from 'node:path'
import { FileSystemError, systemCodeOf } from '../error.ts'
import type { DirectoryEntry, FileStat, FileSystem, OpenOptions } from '../file-system.ts'
import { openNodeFile } from './file.ts'
import { lockFile } from './file-lock.ts'
import { syncDisk } from './sync-disk.ts'

/** What `readFile` takes when its caller names no limit: metadata files are far smaller. */
const defaultMaxReadBytes = 64 * 1024 * 1024

/** `st_blocks` counts these, whatever the blocks of the file system are. */
const statBlockBytes = 512

/** The types (`statfs`) of Linux file systems that give each file whole blocks of its own, and say how many: ext2 to ext4, XFS, tmpfs. */
const exactFileSystems: ReadonlySet<number> = new Set([0xef53, 0x5846_5342, 0x0102_1994])

const isExactAboutBlocks = (type: number): boolean => process.platform === 'linux' && exactFileSystems.has(type)

function fileStat(stats: Stats): FileStat {
  return {
    size: stats.size,
    isDirectory: stats.isDirectory(),
    modifiedAt: Math.floor(stats.mtimeMs),
    ...(typeof stats.blocks === 'number' && { allocatedBytes: stats.blocks * statBlockBytes }),
  }
}

/** The machine's files. */
export const nodeFileSystem: FileSystem = {
  open: (path, options = {}) => openNodeFile(path, flagsOf(options)),

  async readFile(path, maxBytes = defaultMaxReadBytes) {
    const file = await openNodeFile(path, constants.O_RDONLY)
    try {
      const size = await file.size()
      if (size > maxBytes) throw new FileSystemError('readFile', path, 'EFBIG')
      const content = Buffer.allocUnsafeSlow(size)
      const bytesRead = await file.read(content, 0)
      return bytesRead === size ? content : content.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  },

  async list(path) {
    const entries = await attempt('list', path, fs.readdir(path, { withFileTypes: true }))
    return Promise.all(
      entries.map(async (entry): Promise<DirectoryEntry> => {
        const isDirectory = entry.isSymbolicLink()
          ? ((await nodeFileSystem.stat(join(path, entry.name)))?.isDirectory ?? false)
          : entry.isDirectory()
        return { name: entry.name, isDirectory }
      }),
    )
  },

  async stat(path) {
    try {
      return fileStat(await fs.stat(path))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw fileSystemError('stat', path, error)
    }
  },

  async makeDirectory(path) {
    await attempt('makeDirectory', path, fs.mkdir(path, { recursive: true }))
  },

  async rename(from, to) {
    await attempt('rename', `${from} → ${to}`, fs.rename(from, to))
  },

  async remove(path) {
    try {
      await fs.unlink(path)
    } catch (error) {
      if (!isMissing(error)) throw fileSystemError('remove', path, error)
    }
  },

  async removeDirectory(path) {
    try {
      await fs.rmdir(path)
    } catch (error) {
      if (systemCodeOf(error) !== 'ENOENT') throw fileSystemError('removeDirectory', path, error)
    }
  },

  async syncDirectory(path) {
    const directory = await attempt('syncDirectory', path, fs.open(path, constants.O_RDONLY | constants.O_DIRECTORY))
    try {
      await attempt('syncDirectory', path, directory.sync())
    } finally {
      await directory.close()
    }
  },

  syncDisk,

  readNow(path, buffer, position) {
    let descriptor: number | undefined
    let done = 0
    try {
      descriptor = openSync(path, constants.O_RDONLY)
      while (done < buffer.length) {
        const bytes = readSync(descriptor, buffer, done, buffer.length - done, position + done)
        if (bytes === 0) break
        done += bytes
      }
      return done
    } catch (error) {
      throw fileSystemError(descriptor === undefined ? 'open' : 'read', path, error)
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  },

  listNow(path) {
    const isDirectory = (entry: Dirent) =>
      entry.isSymbolicLink()
        ? (nodeFileSystem.statNow(join(path, entry.name))?.isDirectory ?? false)
        : entry.isDirectory()
    try {
      const entries = readdirSync(path, { withFileTypes: true })
      return entries.map((entry) => ({ name: entry.name, isDirectory: isDirectory(entry) }))
    } catch (error) {
      throw fileSystemError('list', path, error)
    }
  },

  statNow(path) {
    try {
      const stats = statSync(path, { throwIfNoEntry: false })
      return stats && fileStat(stats)
    } catch (error) {
      if (isMissing(error)) return undefined
      throw fileSystemError('stat', path, error)
    }
  },

  writeNow(path, buffer, position) {
    let descriptor: number | undefined
    try {
      descriptor = openSync(path, constants.O_WRONLY)
      for (let done = 0; done < buffer.length; )
        done += writeSync(descriptor, buffer, done, buffer.length - done, position + done)
    } catch (error) {
      throw fileSystemError(descriptor === undefined ? 'open' : 'write', path, error)
    } finally {
      if (descriptor !== undefined) closeSync(descriptor)
    }
  },

  lock: lockFile,

  async usage(path) {
    const disk = await attempt('usage', path, fs.statfs(path))
    const usage = {
      totalBytes: disk.blocks * disk.bsize,
      usedBytes: (disk.blocks - disk.bfree) * disk.bsize,
      freeBytes: disk.bavail * disk.bsize,
    }
    return isExactAboutBlocks(disk.type) ? { ...usage, blockBytes: disk.bsize } : usage
  },
}

function flagsOf(options: OpenOptions): number {
  let flags = options.readOnly ? constants.O_RDONLY : constants.O_RDWR
  if (options.create) flags |= constants.O_CREAT
  if (options.create && options.exclusive) flags |= constants.O_EXCL
  return flags
}

async function attempt<T>(operation: string, path: string, work: Promise<T>): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw fileSystemError(operation, path, error)
  }
}

function isMissing(error: unknown): boolean {
  const code = systemCodeOf(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

function fileSystemError(operation: string, path: string, cause: unknown): FileSystemError {
  return new FileSystemError(operation, path, systemCodeOf(cause), cause)
}
