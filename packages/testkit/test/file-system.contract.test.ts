import type { FileSystem } from '@cometmq/platform'
import { fileSystemContract } from '@cometmq/testkit/contracts'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem } from '@cometmq/testkit/sim'

const subjects: Record<string, () => FileSystem> = {
  memory: () => new MemoryFileSystem(),
  crash: () => new CrashFileSystem(),
  'faulty, without faults': () => new FaultyFileSystem(new MemoryFileSystem()),
}

for (const [name, makeFiles] of Object.entries(subjects)) {
  fileSystemContract(name, async () => {
    const files = makeFiles()
    await files.makeDirectory('/folder')
    return { files, folder: '/folder' }
  })
}
