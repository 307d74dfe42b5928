import { execFile } from 'node:child_process'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Unpacks a store that Apache RocketMQ wrote, such as `5.5.0-clean`, into a new temporary folder, and answers the path of the store (what
 * `storePathRootDir` names). The caller removes it. Beside each archive lies `<name>.expected.json` with all that is in the store.
 */
export async function unpackFixture(name: string): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `store-${name}-`))
  const archive = join(import.meta.dirname, 'fixtures', `${name}.tar.gz`)
  await run('tar', ['-xzf', archive, '-C', directory])
  return join(directory, 'store')
}

/** Where the list of a fixture's messages, queues and fillers lies. */
export function expectedPath(name: string): string {
  return join(import.meta.dirname, 'fixtures', `${name}.expected.json`)
}
