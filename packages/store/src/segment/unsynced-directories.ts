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

  /** Makes durable what was noted before the call. */
  async sync(): Promise<void> {
    const paths = this.#paths
    this.#paths = new Set()
    for (const path of paths) {
      if ((await this.#files.stat(path)) !== undefined) await this.#files.syncDirectory(path)
    }
  }
}
