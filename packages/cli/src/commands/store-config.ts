import { type FileSystem, messageOf } from '@cometmq/platform'
import type { topicsFile } from '@cometmq/protocol/bodies'
import type { Terminal } from '../terminal.ts'

/** A file that a broker keeps beside its store, from `config` in the folder or in `store` below it. One that cannot be read is told of and left out. */
export async function readConfigFile<T>(
  files: FileSystem,
  directory: string,
  name: string,
  decode: (bytes: Buffer) => T,
  terminal: Terminal,
): Promise<T | undefined> {
  const folder = directory.replace(/(.)\/+$/, '$1')
  for (const path of [`${folder}/config/${name}`, `${folder}/store/config/${name}`]) {
    if ((await files.stat(path)) === undefined) continue
    try {
      return decode(await files.readFile(path))
    } catch (error) {
      terminal.remark(`${path} cannot be read and is not compared: ${messageOf(error)}`)
    }
  }
  return undefined
}

/** Topics whose queues are of type BatchCQ. */
export function batchTopicsOf(topics: ReturnType<typeof topicsFile.decode> | undefined): ReadonlySet<string> {
  const configs = Object.entries(topics?.topicConfigTable ?? {})
  return new Set(configs.filter(([, { attributes }]) => attributes?.['queue.type'] === 'BatchCQ').map(([name]) => name))
}
