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
  sleep,
} from '@cometmq/platform'
import { FaultyFile } from './faulty-file.ts'
import type { SeededRandom } from './random.ts'

type OnTheLoop = 'writeNow' | 'readNow' | 'listNow' | 'statNow'
export type FileOperation = Exclude<keyof FileSystem, OnTheLoop> | Exclude<keyof File, 'path' | OnTheLoop>

/** Names a fault; `writeNow` counts as `write`, and so on. */
export interface Fault {
  readonly operation: FileOperation
  /** The system's code: `ENOSPC`, `EIO`, … */
  readonly systemCode: string
  /** Only for paths that match. */
  readonly path?: string | RegExp
  /** Lets so many matching operations pass first. */
  readonly after?: number
  /** How often it strikes; `Number.POSITIVE_INFINITY` is a disk that stays broken. Default: once. */
  readonly times?: number
  /** Of a write: so many bytes are written before it fails. */
  readonly afterBytes?: number
}

export interface RandomFault extends Omit<Fault, 'after' | 'times'> {
  readonly probability: number
}

export interface FaultyFileSystemOptions {
  /** For random faults and latency. */
  random?: SeededRandom
  /** Each matching operation fails with this probability. A write that fails has written a random part of its bytes. */
  randomFaults?: readonly RandomFault[]
  /** How long each operation takes, except what is done on the event loop, which nobody can wait for. */
  latency?: { clock: Clock; minMs: number; maxMs: number }
}

interface ArmedFault {
  readonly fault: Fault
  pass: number
  strikes: number
}

/** What a fault does to one operation. */
export interface Strike {
  readonly error: FileSystemError
  /** Of a write: what is written all the same. */
  readonly afterBytes: number
}

/**
 * Passes everything on to other files, except what it is told to fail or to delay.
 *
 * @example
 * const files = new FaultyFileSystem(new MemoryFileSystem())
 * files.arm({ operation: 'sync', systemCode: 'EIO', path: /commitlog/ })
 * files.arm({ operation: 'write', systemCode: 'ENOSPC', afterBytes: 100 })
 */
export class FaultyFileSystem implements FileSystem {
  readonly #inner: FileSystem
  readonly #options: FaultyFileSystemOptions
  #armed: ArmedFault[] = []

  constructor(inner: FileSystem, options: FaultyFileSystemOptions = {}) {
    this.#inner = inner
    this.#options = options
  }

  arm(fault: Fault): void {
    this.#armed.push({ fault, pass: fault.after ?? 0, strikes: fault.times ?? 1 })
  }

  /** Takes back every armed fault; random ones stay. */
  disarm(): void {
    this.#armed = []
  }

  async open(path: string, options?: OpenOptions): Promise<File> {
    return new FaultyFile(this, await this.run('open', path, () => this.#inner.open(path, options)))
  }

  readFile(path: string, maxBytes?: number): Promise<Buffer> {
    return this.run('readFile', path, () => this.#inner.readFile(path, maxBytes))
  }

  list(path: string): Promise<DirectoryEntry[]> {
    return this.run('list', path, () => this.#inner.list(path))
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.run('stat', path, () => this.#inner.stat(path))
  }

  makeDirectory(path: string): Promise<void> {
    return this.run('makeDirectory', path, () => this.#inner.makeDirectory(path))
  }

  rename(from: string, to: string): Promise<void> {
    return this.run('rename', from, () => this.#inner.rename(from, to))
  }

  remove(path: string): Promise<void> {
    return this.run('remove', path, () => this.#inner.remove(path))
  }

  removeDirectory(path: string): Promise<void> {
    return this.run('removeDirectory', path, () => this.#inner.removeDirectory(path))
  }

  syncDirectory(path: string): Promise<void> {
    return this.run('syncDirectory', path, () => this.#inner.syncDirectory(path))
  }

  async syncDisk(path: string): Promise<boolean> {
    await this.delay()
    return this.strike('syncDisk', path) === undefined && this.#inner.syncDisk(path)
  }

  writeNow(path: string, buffer: Uint8Array, position: number): void {
    const strike = this.strike('write', path, buffer.length)
    if (strike === undefined) return this.#inner.writeNow(path, buffer, position)
    if (strike.afterBytes > 0) this.#inner.writeNow(path, buffer.subarray(0, strike.afterBytes), position)
    throw strike.error
  }

  readNow(path: string, buffer: Uint8Array, position: number): number {
    this.#strikeNow('read', path)
    return this.#inner.readNow(path, buffer, position)
  }

  listNow(path: string): DirectoryEntry[] {
    this.#strikeNow('list', path)
    return this.#inner.listNow(path)
  }

  statNow(path: string): FileStat | undefined {
    this.#strikeNow('stat', path)
    return this.#inner.statNow(path)
  }

  lock(path: string): Promise<FileLock | undefined> {
    return this.run('lock', path, () => this.#inner.lock(path))
  }

  usage(path: string): Promise<DiskUsage> {
    return this.run('usage', path, () => this.#inner.usage(path))
  }

  /** Does `work` after its latency, unless a fault strikes first. */
  async run<T>(operation: FileOperation, path: string, work: () => Promise<T>): Promise<T> {
    await this.delay()
    const strike = this.strike(operation, path)
    if (strike !== undefined) throw strike.error
    return work()
  }

  async delay(): Promise<void> {
    const { latency, random } = this.#options
    if (latency === undefined) return
    const spanMs = Math.floor(latency.maxMs - latency.minMs)
    await sleep(latency.clock, latency.minMs + (random && spanMs > 0 ? random.int(spanMs + 1) : 0))
  }

  /** The fault that this operation meets. `length` is that of a write. */
  strike(operation: FileOperation, path: string, length = 0): Strike | undefined {
    const fault = this.#armedFault(operation, path)
    if (fault !== undefined) return strikeOf(fault, operation, path, Math.min(fault.afterBytes ?? 0, length))
    const { random, randomFaults = [] } = this.#options
    if (random === undefined) return undefined
    for (const candidate of randomFaults) {
      if (!matches(candidate, operation, path) || !random.chance(candidate.probability)) continue
      const afterBytes = candidate.afterBytes ?? (length > 0 ? random.int(length) : 0)
      return strikeOf(candidate, operation, path, Math.min(afterBytes, length))
    }
    return undefined
  }

  #strikeNow(operation: FileOperation, path: string): void {
    const strike = this.strike(operation, path)
    if (strike !== undefined) throw strike.error
  }

  #armedFault(operation: FileOperation, path: string): Fault | undefined {
    for (const armed of this.#armed) {
      if (!matches(armed.fault, operation, path)) continue
      if (armed.pass > 0) {
        armed.pass--
        continue
      }
      if (--armed.strikes <= 0) this.#armed = this.#armed.filter((other) => other !== armed)
      return armed.fault
    }
    return undefined
  }
}

function strikeOf(fault: { systemCode: string }, operation: string, path: string, afterBytes: number): Strike {
  return { error: new FileSystemError(operation, path, fault.systemCode), afterBytes }
}

function matches(
  fault: { operation: FileOperation; path?: string | RegExp },
  operation: string,
  path: string,
): boolean {
  if (fault.operation !== operation) return false
  if (fault.path === undefined) return true
  return typeof fault.path === 'string' ? fault.path === path : fault.path.test(path)
}
