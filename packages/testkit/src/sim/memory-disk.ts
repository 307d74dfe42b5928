import { posix } from 'node:path'
import { FileSystemError } from '@cometmq/platform'
import { PagedContent } from './paged-content.ts'

/** A file without its name: it lives while a folder names it or somebody has it open. */
export class FileNode {
  content = new PagedContent()
  modifiedAt = 0
  openHandles = 0
  /** How many folders name it: 0 or 1, as there are no hard links. */
  names = 0
}

export class DirectoryNode {
  readonly entries = new Map<string, DiskNode>()
  modifiedAt = 0
}

export type DiskNode = FileNode | DirectoryNode

/** One name that now stands for `node`, or for nothing. */
export interface NameChange {
  readonly directory: DirectoryNode
  readonly name: string
  readonly node: DiskNode | undefined
}

/** Told of everything that happens on a disk, so that it can work out what a power cut leaves. */
export interface DiskObserver {
  written(file: FileNode, bytes: Uint8Array, position: number): void
  truncated(file: FileNode, length: number): void
  /** Changes that happen in one step. */
  renamed(changes: readonly NameChange[]): void
  /** A sync has begun; calls the result when it ends. Only what happened before it began is then durable. */
  syncing(file: FileNode): () => void
  syncingDirectory(directory: DirectoryNode): () => void
  /** The same for everything below `root`, which is the disk's. */
  syncingDisk(root: DirectoryNode): () => void
}

/** Names and contents, without processes: the state that a `MemoryFileSystem` works on. */
export class MemoryDisk {
  readonly root: DirectoryNode
  readonly capacityBytes: number
  usedBytes = 0

  constructor(capacityBytes: number, root: DirectoryNode = new DirectoryNode()) {
    this.capacityBytes = capacityBytes
    this.root = root
    this.#count(root)
  }

  get freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.usedBytes)
  }

  /** What lies at `path`; undefined when nothing does, even when a file stands where a folder should. */
  find(path: string): DiskNode | undefined {
    let node: DiskNode | undefined = this.root
    for (const name of namesIn(path)) {
      if (!(node instanceof DirectoryNode)) return undefined
      node = node.entries.get(name)
    }
    return node
  }

  directory(operation: string, path: string): DirectoryNode {
    let node: DiskNode | undefined = this.root
    for (const name of namesIn(path)) {
      node = (node as DirectoryNode).entries.get(name)
      if (node === undefined) throw new FileSystemError(operation, path, 'ENOENT')
      if (node instanceof FileNode) throw new FileSystemError(operation, path, 'ENOTDIR')
    }
    return node
  }

  /** The folder that names, or would name, what lies at `path`. */
  parent(operation: string, path: string): { directory: DirectoryNode; name: string } {
    const names = namesIn(path)
    const name = names.pop()
    if (name === undefined) throw new FileSystemError(operation, path, 'EBUSY')
    try {
      return { directory: this.directory(operation, `/${names.join('/')}`), name }
    } catch (cause) {
      throw new FileSystemError(operation, path, (cause as FileSystemError).systemCode, cause)
    }
  }

  /** Makes one name stand for `node`, or for nothing. */
  setName({ directory, name, node }: NameChange): void {
    const previous = directory.entries.get(name)
    if (previous === node) return
    if (node instanceof FileNode) node.names++
    if (node === undefined) directory.entries.delete(name)
    else directory.entries.set(name, node)
    if (previous instanceof FileNode) {
      previous.names--
      this.freeWhenUnused(previous)
    }
  }

  freeWhenUnused(file: FileNode): void {
    if (file.names === 0 && file.openHandles === 0) this.resize(file, () => file.content.truncate(0))
  }

  /** Does what changes the memory that a file takes. */
  resize(file: FileNode, change: () => void): void {
    const before = file.content.allocatedBytes
    change()
    this.usedBytes += file.content.allocatedBytes - before
  }

  /** Whoever had files of an existing tree open is gone. */
  #count(directory: DirectoryNode): void {
    for (const node of directory.entries.values()) {
      if (node instanceof FileNode) {
        node.openHandles = 0
        this.usedBytes += node.content.allocatedBytes
      } else this.#count(node)
    }
  }
}

/** The parts of a path from the root. */
export function namesIn(path: string): string[] {
  return posix
    .resolve('/', path)
    .split('/')
    .filter((name) => name !== '')
}
