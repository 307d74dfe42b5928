import type { FileSystem } from '@cometmq/platform'

/** Folders in which names were made that a power cut may still undo. */
export class UnsyncedDirectories {
  readonly #files: FileSystem
  #paths = new Set<string>()

  constructor(files: FileSystem) {
    this.#files = files
  }

  add(path: string): void {
    this.#paths.add(path)
  }

  /** All that were noted; whoever takes them makes them durable. */
  take(): ReadonlySet<string> {
    const paths = this.#paths
    this.#paths = new Set()
    return paths
  }

  /** Makes durable what was noted before the call. */
  async sync(): Promise<void> {
    const paths = this.take()
    for (const path of paths) {
      if ((await this.#files.stat(path)) !== undefined) await this.#files.syncDirectory(path)
    }
  }
}
