/**
 * Files as an argument. One contract suite (`testkit/contracts/file-system`) holds for every implementation: Node, memory, crash, faulty.
 *
 * What is promised: a write that has resolved is seen by every later read of this process, and survives the end of the process.
 * It survives a power cut only after `sync` of the file, and, for new or renamed or removed names, `syncDirectory` of the folder.
 *
 * Errors are `FileSystemError`s with the path, the operation and the system's code (`ENOENT`, `ENOSPC`, `EIO`, `EEXIST`, …).
 */
export interface FileSystem {
  /** Opens a file for reading and writing. `create` makes it when missing; with `exclusive` an existing file is an error (`EEXIST`). */
  open(path: string, options?: OpenOptions): Promise<File>
  /** The whole file. `ENOENT` when missing; `EFBIG` when larger than `maxBytes` (default 64 MiB). */
  readFile(path: string, maxBytes?: number): Promise<Buffer>
  /** File names in a folder, unsorted. `ENOENT` when missing. */
  list(path: string): Promise<DirectoryEntry[]>
  /** `undefined` when there is nothing at `path`. */
  stat(path: string): Promise<FileStat | undefined>
  /** Makes a folder, and those above it that are missing; an existing one is no error. */
  makeDirectory(path: string): Promise<void>
  /** Replaces `to` in one step when it exists. */
  rename(from: string, to: string): Promise<void>
  /** Removes a file; missing is no error. */
  remove(path: string): Promise<void>
  /** Removes an empty folder; missing is no error. */
  removeDirectory(path: string): Promise<void>
  /** Makes names in the folder durable: creations, renames and removals. */
  syncDirectory(path: string): Promise<void>
  /**
   * Makes durable all that lies on the disk of `path`: contents and names, others' too. Cheaper than `sync` of hundreds of files. False when there is no such thing
   * here or it failed: then sync one by one, which says what failed.
   */
  syncDisk(path: string): Promise<boolean>
  /**
   * Opens an existing file, writes and closes it, on the event loop: for one small write to each of very many files. A stall for everyone when the disk is slow.
   */
  writeNow(path: string, buffer: Uint8Array, position: number): void
  /** Opens an existing file, reads and closes it, on the event loop: for one small read of each of very many files while nothing is served. See `File.read`. */
  readNow(path: string, buffer: Uint8Array, position: number): number
  /** `list` on the event loop, with the same restraint. */
  listNow(path: string): DirectoryEntry[]
  /** `stat` on the event loop, with the same restraint. */
  statNow(path: string): FileStat | undefined
  /**
   * Takes an exclusive lock that ends with the process, on the file at `path` (made when missing).
   * `undefined` when somebody else holds it.
   */
  lock(path: string): Promise<FileLock | undefined>
  /** Bytes of the disk that holds `path`. */
  usage(path: string): Promise<DiskUsage>
}

export interface OpenOptions {
  /** Make the file when it is missing. */
  create?: boolean
  /** With `create`: refuse a file that exists. */
  exclusive?: boolean
  /** Refuse writes. */
  readOnly?: boolean
}

/** An open file. Positions and lengths are bytes. There is no cursor: every read and write names its position. */
export interface File {
  readonly path: string
  /** Fills `buffer` from `position`; resolves to the bytes read, which are fewer only at the end of the file. */
  read(buffer: Uint8Array, position: number): Promise<number>
  /** Writes all of `buffer` at `position`, off the event loop. */
  write(buffer: Uint8Array, position: number): Promise<void>
  /** Like `write`, on the event loop: cheaper for small writes into the page cache, and a stall for everyone when the disk is slow. */
  writeNow(buffer: Uint8Array, position: number): void
  /** Makes the content durable (`fdatasync`). */
  sync(): Promise<void>
  /** Sets the length; new bytes read as zero and take no space on file systems with holes. */
  truncate(length: number): Promise<void>
  size(): Promise<number>
  /** Idempotent. */
  close(): Promise<void>
}

export interface DirectoryEntry {
  readonly name: string
  readonly isDirectory: boolean
}

export interface FileStat {
  readonly size: number
  readonly isDirectory: boolean
  /** Milliseconds since the Unix epoch. */
  readonly modifiedAt: number
  /** Bytes that the file takes on the disk, in blocks of `DiskUsage.blockBytes`; holes take none. Absent when it is not known. */
  readonly allocatedBytes?: number
}

export interface DiskUsage {
  readonly totalBytes: number
  /** What is taken. With `freeBytes` it is less than the total where the system keeps some for itself. */
  readonly usedBytes: number
  /** What a process without privileges may still take. */
  readonly freeBytes: number
  /**
   * The unit in which files take space. Absent on file systems that compress, share or only estimate what a file takes: there
   * `FileStat.allocatedBytes` says nothing about where a file has holes.
   */
  readonly blockBytes?: number
}

export interface FileLock {
  /** Idempotent. */
  release(): Promise<void>
}
