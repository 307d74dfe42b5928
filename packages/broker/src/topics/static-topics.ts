import { type FileSystem, type Logger, readReplaceable } from '@cometmq/platform'
import { staticTopicsFile } from '@cometmq/protocol/bodies'

/** The static (logical) topics that an Apache broker has left in `topicQueueMapping.json`. The file is not touched. */
export async function staticTopicsIn(path: string, files: FileSystem): Promise<string[]> {
  const stored = await readReplaceable(files, path, (content) => staticTopicsFile.decode(content))
  return Object.keys(stored?.topicQueueMappingInfoMap ?? {})
}

/** Says at the start which topics are not what their clients take them for. */
export async function warnOfStaticTopics(path: string, { files, logger }: { files: FileSystem; logger: Logger }) {
  const topics = await staticTopicsIn(path, files)
  if (topics.length === 0) return
  const shown = topics.slice(0, 20)
  logger.warn(
    { path, topics: shown, count: topics.length },
    'static (logical) topics are not supported: these are served as ordinary ones, with the queues and offsets that they have on this broker alone',
  )
}
