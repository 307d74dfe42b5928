import type { File, FileSystem } from '@cometmq/platform'

/** What was done to the commit log: bytes of a write, or a sync. */
export type LogOperation = number | 'sync'

/** Passes everything on, and notes the writes and syncs of the commit log, so that the raw benchmark can do the same without a store. */
export function recordedFiles(files: FileSystem, into: LogOperation[]): FileSystem {
  return {
    ...files,
    open: async (path, options) => {
      const file = await files.open(path, options)
      return path.includes('/commitlog/') ? new RecordedFile(file, into) : file
    },
  }
}

class RecordedFile implements File {
  readonly path: string
  readonly #file: File
  readonly #into: LogOperation[]

  constructor(file: File, into: LogOperation[]) {
    this.path = file.path
    this.#file = file
    this.#into = into
  }

  write(buffer: Uint8Array, position: number): Promise<void> {
    this.#into.push(buffer.length)
    return this.#file.write(buffer, position)
  }

  writeNow(buffer: Uint8Array, position: number): void {
    this.#into.push(buffer.length)
    this.#file.writeNow(buffer, position)
  }

  sync(): Promise<void> {
    this.#into.push('sync')
    return this.#file.sync()
  }

  read(buffer: Uint8Array, position: number): Promise<number> {
    return this.#file.read(buffer, position)
  }

  truncate(length: number): Promise<void> {
    return this.#file.truncate(length)
  }

  size(): Promise<number> {
    return this.#file.size()
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
