import {
  type Clock,
  type DirectoryEntry,
  type DiskUsage,
  type File,
  type FileLock,
  type FileStat,
  type FileSystem,
  FileSystemError,
  type OpenOptions,
} from '@cometmq/platform'
import { DirectoryNode, type DiskObserver, FileNode, MemoryDisk, type NameChange, namesIn } from './memory-disk.ts'
import { MemoryFile } from './memory-file.ts'
import { pageSize } from './paged-content.ts'

const defaultCapacityBytes = 1024 ** 4
const defaultMaxReadBytes = 64 * 1024 * 1024

export interface MemoryFileSystemOptions {
  /** For `modifiedAt`, which is 0 without it. */
  clock?: Clock
  /** Writing more than this fails with `ENOSPC`. Default: 1 TiB. */
  capacityBytes?: number
  disk?: MemoryDisk
  observer?: DiskObserver
}

/**
 * Files in memory. Large files with holes are cheap. Paths are POSIX paths; relative ones begin at the root.
 *
 * @example
 * const files = new MemoryFileSystem()
 * await files.makeDirectory('/store/commitlog')
 */
export class MemoryFileSystem implements FileSystem {
  readonly disk: MemoryDisk
  readonly #clock: Clock | undefined
  readonly #observer: DiskObserver | undefined
  readonly #locked = new Set<FileNode>()
  #isShutDown = false

  constructor({ clock, capacityBytes = defaultCapacityBytes, disk, observer }: MemoryFileSystemOptions = {}) {
    this.#clock = clock
    this.disk = disk ?? new MemoryDisk(capacityBytes)
    this.#observer = observer
  }

  /** Ends the process that used these files: from now on every operation fails with `ESHUTDOWN`, on open files too. */
  shutDown(): void {
    this.#isShutDown = true
    this.#locked.clear()
  }

  get isShutDown(): boolean {
    return this.#isShutDown
  }

  async open(path: string, options: OpenOptions = {}): Promise<File> {
    this.check('open', path)
    return new MemoryFile(this, this.#observer, path, this.#openNode('open', path, options), options.readOnly ?? false)
  }

  async readFile(path: string, maxBytes = defaultMaxReadBytes): Promise<Buffer> {
    this.check('readFile', path)
    const { content } = this.#openNode('readFile', path, {})
    if (content.size > maxBytes) throw new FileSystemError('readFile', path, 'EFBIG')
    const bytes = Buffer.allocUnsafe(content.size)
    content.read(bytes, 0)
    return bytes
  }

  async list(path: string): Promise<DirectoryEntry[]> {
    return this.listNow(path)
  }

  listNow(path: string): DirectoryEntry[] {
    this.check('list', path)
    return Array.from(this.disk.directory('list', path).entries, ([name, node]) => ({
      name,
      isDirectory: node instanceof DirectoryNode,
    }))
  }

  async stat(path: string): Promise<FileStat | undefined> {
    return this.statNow(path)
  }

  statNow(path: string): FileStat | undefined {
    this.check('stat', path)
    const node = this.disk.find(path)
    if (node === undefined) return undefined
    const isDirectory = node instanceof DirectoryNode
    if (isDirectory) return { size: 0, isDirectory, modifiedAt: node.modifiedAt }
    const { size, allocatedBytes } = node.content
    return { size, isDirectory, modifiedAt: node.modifiedAt, allocatedBytes }
  }

  async makeDirectory(path: string): Promise<void> {
    this.check('makeDirectory', path)
    const names = namesIn(path)
    let directory = this.disk.root
    names.forEach((name, depth) => {
      let node = directory.entries.get(name)
      if (node instanceof FileNode) {
        throw new FileSystemError('makeDirectory', path, depth === names.length - 1 ? 'EEXIST' : 'ENOTDIR')
      }
      if (node === undefined) {
        node = new DirectoryNode()
        node.modifiedAt = this.now()
        this.#rename({ directory, name, node })
      }
      directory = node
    })
  }

  async rename(from: string, to: string): Promise<void> {
    const both = `${from} → ${to}`
    this.check('rename', both)
    const source = this.disk.parent('rename', from)
    const target = this.disk.parent('rename', to)
    const node = source.directory.entries.get(source.name)
    if (node === undefined) throw new FileSystemError('rename', both, 'ENOENT')
    const replaced = target.directory.entries.get(target.name)
    if (replaced === node) return
    if (node instanceof DirectoryNode) {
      if (replaced instanceof FileNode) throw new FileSystemError('rename', both, 'ENOTDIR')
      if (replaced !== undefined && replaced.entries.size > 0) throw new FileSystemError('rename', both, 'ENOTEMPTY')
      if (contains(node, target.directory)) throw new FileSystemError('rename', both, 'EINVAL')
    } else if (replaced instanceof DirectoryNode) throw new FileSystemError('rename', both, 'EISDIR')
    this.#rename({ ...target, node }, { ...source, node: undefined })
  }

  async remove(path: string): Promise<void> {
    this.check('remove', path)
    const node = this.disk.find(path)
    if (node === undefined) return
    if (node instanceof DirectoryNode) throw new FileSystemError('remove', path, 'EISDIR')
    this.#rename({ ...this.disk.parent('remove', path), node: undefined })
  }

  async removeDirectory(path: string): Promise<void> {
    this.check('removeDirectory', path)
    const node = this.disk.find(path)
    if (node === undefined) return
    if (node instanceof FileNode) throw new FileSystemError('removeDirectory', path, 'ENOTDIR')
    if (node.entries.size > 0) throw new FileSystemError('removeDirectory', path, 'ENOTEMPTY')
    this.#rename({ ...this.disk.parent('removeDirectory', path), node: undefined })
  }

  async syncDirectory(path: string): Promise<void> {
    this.check('syncDirectory', path)
    const directory = this.disk.directory('syncDirectory', path)
    const synced = this.#observer?.syncingDirectory(directory)
    await undefined
    this.check('syncDirectory', path)
    synced?.()
  }

  async syncDisk(path: string): Promise<boolean> {
    this.check('syncDisk', path)
    const synced = this.#observer?.syncingDisk(this.disk.root)
    await undefined
    this.check('syncDisk', path)
    synced?.()
    return true
  }

  writeNow(path: string, buffer: Uint8Array, position: number): void {
    this.check('open', path)
    const node = this.#openNode('open', path, {})
    new MemoryFile(this, this.#observer, path, node, false).writeNow(buffer, position)
  }

  readNow(path: string, buffer: Uint8Array, position: number): number {
    this.check('open', path)
    return this.#openNode('open', path, {}).content.read(buffer, position)
  }

  async lock(path: string): Promise<FileLock | undefined> {
    this.check('lock', path)
    const node = this.#openNode('lock', path, { create: true })
    if (this.#locked.has(node)) return undefined
    this.#locked.add(node)
    let isHeld = true
    return {
      release: async () => {
        if (isHeld) this.#locked.delete(node)
        isHeld = false
      },
    }
  }

  async usage(path: string): Promise<DiskUsage> {
    this.check('usage', path)
    if (this.disk.find(path) === undefined) throw new FileSystemError('usage', path, 'ENOENT')
    const { capacityBytes, usedBytes, freeBytes } = this.disk
    return { totalBytes: capacityBytes, usedBytes, freeBytes, blockBytes: pageSize }
  }

  /** Throws when the process is gone. */
  check(operation: string, path: string): void {
    if (this.#isShutDown) throw new FileSystemError(operation, path, 'ESHUTDOWN')
  }

  now(): number {
    return this.#clock?.now() ?? 0
  }

  #openNode(operation: string, path: string, { create, exclusive }: OpenOptions): FileNode {
    const found = this.disk.find(path)
    if (found instanceof DirectoryNode) throw new FileSystemError(operation, path, 'EISDIR')
    if (found !== undefined) {
      if (create && exclusive) throw new FileSystemError(operation, path, 'EEXIST')
      return found
    }
    const place = this.disk.parent(operation, path)
    if (!create) throw new FileSystemError(operation, path, 'ENOENT')
    const node = new FileNode()
    node.modifiedAt = this.now()
    this.#rename({ ...place, node })
    return node
  }

  #rename(...changes: NameChange[]): void {
    for (const change of changes) this.disk.setName(change)
    this.#observer?.renamed(changes)
  }
}

function contains(directory: DirectoryNode, sought: DirectoryNode): boolean {
  if (directory === sought) return true
  return Array.from(directory.entries.values()).some((node) => node instanceof DirectoryNode && contains(node, sought))
}
