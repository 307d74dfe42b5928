import type { File, FileSystem } from '@cometmq/platform'
import type { CrashFileSystem } from '@cometmq/testkit/sim'

/** The files of a disk, whose process ends in the middle of whatever goes on. */
export interface DyingFiles {
  readonly files: FileSystem
  /** Ends it with so many operations from now on. */
  dieAfter(operations: number): void
}

export function dyingFiles(disk: CrashFileSystem): DyingFiles {
  let left = Number.POSITIVE_INFINITY
  const files = new Proxy<FileSystem>(disk, {
    get(target, key) {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...args: unknown[]): unknown => {
        if (--left === 0) disk.shutDown()
        return member.apply(target, args)
      }
    },
  })
  const dieAfter = (operations: number) => {
    left = operations
  }
  return { files, dieAfter }
}

/** A file of a disk that says it has synced, and has not. */
export function lyingFile(file: File): File {
  return new Proxy(file, {
    get(target, key) {
      if (key === 'sync') return async () => undefined
      const member = Reflect.get(target, key, target)
      return typeof member === 'function' ? member.bind(target) : member
    },
  })
}
