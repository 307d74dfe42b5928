import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { nodeFileSystem } from '@cometmq/platform/node'
import { fileSystemContract } from '@cometmq/testkit/contracts'

fileSystemContract('node', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'cometmq-files-'))
  return { files: nodeFileSystem, folder, close: () => rm(folder, { recursive: true }) }
})
