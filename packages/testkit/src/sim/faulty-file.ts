import type { File } from '@cometmq/platform'
import type { FaultyFileSystem } from './faulty-file-system.ts'

/** An open file of a `FaultyFileSystem`. */
export class FaultyFile implements File {
  readonly #files: FaultyFileSystem
  readonly #inner: File

  constructor(files: FaultyFileSystem, inner: File) {
    this.#files = files
    this.#inner = inner
  }

  get path(): string {
    return this.#inner.path
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return this.#files.run('read', this.path, () => this.#inner.read(buffer, position))
  }

  async write(buffer: Uint8Array, position: number): Promise<void> {
    await this.#files.delay()
    const strike = this.#files.strike('write', this.path, buffer.length)
    if (strike === undefined) return this.#inner.write(buffer, position)
    await this.#inner.write(buffer.subarray(0, strike.afterBytes), position)
    throw strike.error
  }

  writeNow(buffer: Uint8Array, position: number): void {
    const strike = this.#files.strike('write', this.path, buffer.length)
    if (strike === undefined) return this.#inner.writeNow(buffer, position)
    this.#inner.writeNow(buffer.subarray(0, strike.afterBytes), position)
    throw strike.error
  }

  sync(): Promise<void> {
    return this.#files.run('sync', this.path, () => this.#inner.sync())
  }

  truncate(length: number): Promise<void> {
    return this.#files.run('truncate', this.path, () => this.#inner.truncate(length))
  }

  size(): Promise<number> {
    return this.#files.run('size', this.path, () => this.#inner.size())
  }

  close(): Promise<void> {
    return this.#files.run('close', this.path, () => this.#inner.close())
  }
}
