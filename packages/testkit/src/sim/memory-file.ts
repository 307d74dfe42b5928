import { type File, FileSystemError } from '@cometmq/platform'
import type { DiskObserver, FileNode } from './memory-disk.ts'
import type { MemoryFileSystem } from './memory-file-system.ts'

/** An open file of a `MemoryFileSystem`. What it does is done when the call returns; only `sync` takes a moment. */
export class MemoryFile implements File {
  readonly path: string
  readonly #files: MemoryFileSystem
  readonly #observer: DiskObserver | undefined
  readonly #node: FileNode
  readonly #isReadOnly: boolean
  #isOpen = true

  constructor(
    files: MemoryFileSystem,
    observer: DiskObserver | undefined,
    path: string,
    node: FileNode,
    isReadOnly: boolean,
  ) {
    this.path = path
    this.#files = files
    this.#observer = observer
    this.#node = node
    this.#isReadOnly = isReadOnly
    node.openHandles++
  }

  async read(buffer: Uint8Array, position: number): Promise<number> {
    this.#check('read')
    return this.#node.content.read(buffer, position)
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    this.writeNow(buffer, position)
  }

  writeNow(buffer: Uint8Array, position: number): void {
    this.#check('write')
    if (this.#isReadOnly) throw new FileSystemError('write', this.path, 'EBADF')
    const { disk } = this.#files
    const { content } = this.#node
    const length = content.lengthWithin(disk.freeBytes, buffer.length, position)
    const bytes = buffer.subarray(0, length)
    disk.resize(this.#node, () => content.write(bytes, position))
    this.#node.modifiedAt = this.#files.now()
    this.#observer?.written(this.#node, bytes, position)
    if (length < buffer.length) throw new FileSystemError('write', this.path, 'ENOSPC')
  }

  async sync(): Promise<void> {
    this.#check('sync')
    const synced = this.#observer?.syncing(this.#node)
    await undefined
    this.#files.check('sync', this.path)
    synced?.()
  }

  async truncate(length: number): Promise<void> {
    this.#check('truncate')
    if (this.#isReadOnly || length < 0) throw new FileSystemError('truncate', this.path, 'EINVAL')
    this.#files.disk.resize(this.#node, () => this.#node.content.truncate(length))
    this.#node.modifiedAt = this.#files.now()
    this.#observer?.truncated(this.#node, length)
  }

  async size(): Promise<number> {
    this.#check('size')
    return this.#node.content.size
  }

  async close(): Promise<void> {
    if (!this.#isOpen) return
    this.#isOpen = false
    if (this.#files.isShutDown) return
    this.#node.openHandles--
    this.#files.disk.freeWhenUnused(this.#node)
  }

  #check(operation: string): void {
    this.#files.check(operation, this.path)
    if (!this.#isOpen) throw new FileSystemError(operation, this.path, 'EBADF')
  }
}
