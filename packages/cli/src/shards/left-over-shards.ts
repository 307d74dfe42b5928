import { join } from 'node:path'
import { type FileSystem, type Logger, systemCodeOf } from '@cometmq/platform'
import { shardsFolder } from '../config/shard.ts'

/**
 * Warns of shards that lie on the disk and are not among the `count` that are started: nobody can read their messages.
 *
 * @param firstStore the store of the first shard
 */
export async function warnOfLeftOverShards(
  firstStore: string,
  count: number,
  files: FileSystem,
  logger: Logger,
): Promise<void> {
  const folder = shardsFolder(firstStore)
  const numbers = (await shardNumbers(folder, files)).filter((number) => number >= count).sort((a, b) => a - b)
  const last = numbers.at(-1)
  if (last === undefined) return
  logger.warn(
    { shards: numbers.join(',') },
    `messages in ${join(folder, String(numbers[0]))} and above are not served: start with --shards ${last + 1} until they are consumed`,
  )
}

async function shardNumbers(folder: string, files: FileSystem): Promise<number[]> {
  try {
    const entries = await files.list(folder)
    return entries.filter(({ name }) => /^[1-9]\d?$/.test(name)).map(({ name }) => Number(name))
  } catch (error) {
    if (systemCodeOf(error) === 'ENOENT') return []
    throw error
  }
}
