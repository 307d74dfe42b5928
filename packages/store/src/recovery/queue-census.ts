import { type FileSystem, type Logger, messageOf, replaceFile } from '@cometmq/platform'

/** Of a store with more queues none is taken; a folder that is removed by hand is then noticed at the next crash. */
const maxQueues = 200_000
const maxFileBytes = 64 * 1024 * 1024

/** A queue that was there when the store was closed, and where it ended. */
export interface CountedQueue {
  readonly topic: string
  readonly queueId: number
  readonly maxOffset: number
}

/** Where the census lies, and by what it is known to be the latest word. */
export interface CensusPlace {
  readonly path: string
  /** Every broker that closes the store writes it, also one that knows of no census. */
  readonly checkpoint: string
}

/**
 * Notes at a clean end which queues there are, so that the next start notices when somebody has removed one since, or a part of it. JSON:
 * `{"checkpointAt":1700000000000,"queues":{"T":{"0":117}}}`.
 */
export async function writeCensus(
  files: FileSystem,
  { path, checkpoint }: CensusPlace,
  queues: Iterable<CountedQueue>,
): Promise<void> {
  const topics = new Map<string, Map<number, number>>()
  let count = 0
  for (const { topic, queueId, maxOffset } of queues) {
    if (++count > maxQueues) return files.remove(path)
    let numbers = topics.get(topic)
    if (numbers === undefined) topics.set(topic, (numbers = new Map()))
    numbers.set(queueId, maxOffset)
  }
  const entries = [...topics].map(([topic, numbers]) => [topic, Object.fromEntries(numbers)] as const)
  const checkpointAt = (await files.stat(checkpoint))?.modifiedAt
  await replaceFile(files, path, Buffer.from(JSON.stringify({ checkpointAt, queues: Object.fromEntries(entries) })))
}

/** The queues that there should be. None when nobody has counted them, or somebody else has had the store since. */
export async function readCensus(
  files: FileSystem,
  { path, checkpoint }: CensusPlace,
  logger: Logger,
): Promise<CountedQueue[]> {
  const [stat, latest] = [await files.stat(path), await files.stat(checkpoint)]
  if (stat === undefined || latest === undefined) return []
  try {
    const { checkpointAt, queues } = JSON.parse((await files.readFile(path, maxFileBytes)).toString())
    if (checkpointAt !== latest.modifiedAt) return []
    return Object.entries(queues as Record<string, Record<string, number>>).flatMap(([topic, numbers]) =>
      Object.entries(numbers).map(([queueId, maxOffset]) => ({ topic, queueId: Number(queueId), maxOffset })),
    )
  } catch (error) {
    // It says nothing that cannot be done without.
    logger.warn(
      { path, error: messageOf(error) },
      'the list of queues cannot be read: a queue that was removed is not noticed',
    )
    return []
  }
}
