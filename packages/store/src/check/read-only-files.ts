import { type File, type FileSystem, FileSystemError, type OpenOptions } from '@cometmq/platform'

/** The same files, of which nothing can be changed: whatever would change something is refused with EROFS. */
export function readOnlyFiles(files: FileSystem): FileSystem {
  const refuse = (operation: string) => (path: string) => Promise.reject(new FileSystemError(operation, path, 'EROFS'))
  return {
    open: (path: string, options: OpenOptions = {}): Promise<File> =>
      options.create ? refuse('open')(path) : files.open(path, { readOnly: true }),
    readFile: (path, maxBytes) => files.readFile(path, maxBytes),
    list: (path) => files.list(path),
    stat: (path) => files.stat(path),
    readNow: (path, buffer, position) => files.readNow(path, buffer, position),
    listNow: (path) => files.listNow(path),
    statNow: (path) => files.statNow(path),
    usage: (path) => files.usage(path),
    makeDirectory: refuse('makeDirectory'),
    rename: refuse('rename'),
    remove: refuse('remove'),
    removeDirectory: refuse('removeDirectory'),
    syncDirectory: refuse('syncDirectory'),
    syncDisk: refuse('syncDisk'),
    writeNow: (path) => {
      throw new FileSystemError('write', path, 'EROFS')
    },
    lock: refuse('lock'),
  }
}
