/** The topic of a group's messages that wait for another attempt is `%RETRY%<group>`. */
export const retryTopicPrefix = '%RETRY%'
/** The topic of a group's messages that failed too often is `%DLQ%<group>`. */
export const deadLetterTopicPrefix = '%DLQ%'
export const liteQueuePrefix = '%LMQ%'
export const systemTopicPrefix = 'rmq_sys_'
export const systemGroupPrefix = 'CID_RMQ_SYS_'

/** Characters of a topic that people name. */
export const maxTopicLength = 127
/** Characters of a retry or dead letter topic. */
export const maxGroupTopicLength = 255
export const maxGroupLength = 120

export const retryTopicOf = (group: string): string => retryTopicPrefix + group
export const deadLetterTopicOf = (group: string): string => deadLetterTopicPrefix + group
export const isRetryTopic = (topic: string): boolean => topic.startsWith(retryTopicPrefix)
export const isDeadLetterTopic = (topic: string): boolean => topic.startsWith(deadLetterTopicPrefix)

/** The group that a retry or dead letter topic belongs to; `undefined` for other topics. */
export function groupOfTopic(topic: string): string | undefined {
  if (isRetryTopic(topic)) return topic.slice(retryTopicPrefix.length)
  return isDeadLetterTopic(topic) ? topic.slice(deadLetterTopicPrefix.length) : undefined
}

/** Topics of RocketMQ itself that every broker has or may have. */
export const systemTopics = {
  /** The template that topics are made from when somebody sends to one that does not exist. */
  AUTO_CREATE: 'TBW102',
  SCHEDULE: 'SCHEDULE_TOPIC_XXXX',
  BENCHMARK: 'BenchmarkTest',
  TRANS_HALF: 'RMQ_SYS_TRANS_HALF_TOPIC',
  TRANS_OP_HALF: 'RMQ_SYS_TRANS_OP_HALF_TOPIC',
  ROCKSDB_TRANS_HALF: 'RMQ_SYS_ROCKSDB_TRANS_HALF_TOPIC',
  ROCKSDB_TRANS_OP_HALF: 'RMQ_SYS_ROCKSDB_TRANS_OP_HALF_TOPIC',
  TRANS_CHECK_MAX_TIME: 'TRANS_CHECK_MAX_TIME_TOPIC',
  TRACE: 'RMQ_SYS_TRACE_TOPIC',
  SELF_TEST: 'SELF_TEST_TOPIC',
  OFFSET_MOVED: 'OFFSET_MOVED_EVENT',
  CHECKPOINT: 'CHECKPOINT_TOPIC',
  TIMER_WHEEL: 'rmq_sys_wheel_timer',
} as const

const systemTopicNames: ReadonlySet<string> = new Set(Object.values(systemTopics))

/** Topics of the broker itself besides these, named like cluster and broker, are known to the broker alone. */
export const isSystemTopic = (topic: string): boolean =>
  systemTopicNames.has(topic) || topic.startsWith(systemTopicPrefix)

const forbiddenToSend: ReadonlySet<string> = new Set([
  systemTopics.SCHEDULE,
  systemTopics.TRANS_HALF,
  systemTopics.TRANS_OP_HALF,
  systemTopics.ROCKSDB_TRANS_HALF,
  systemTopics.ROCKSDB_TRANS_OP_HALF,
  systemTopics.TRANS_CHECK_MAX_TIME,
  systemTopics.SELF_TEST,
  systemTopics.OFFSET_MOVED,
])

/** Whether clients may not send to the topic. */
export const isForbiddenToSend = (topic: string): boolean => forbiddenToSend.has(topic)

const allowedCharacters = /^[%|a-zA-Z0-9_-]+$/

/** Why a topic cannot have this name, in the words of the Apache broker; `undefined` when it can. */
export function checkTopicName(topic: string): string | undefined {
  if (isBlank(topic)) return 'The specified topic is blank.'
  if (!allowedCharacters.test(topic))
    return `The specified topic: ${clip(topic)}, contains illegal characters, allowing only ${allowedCharacters.source}`
  const limit = groupOfTopic(topic) === undefined ? maxTopicLength : maxGroupTopicLength
  if (topic.length > limit) return `The specified topic: ${clip(topic)}, is longer than topic max length: ${limit}`
  return undefined
}

const reservedGroups: ReadonlySet<string> = new Set(['DEFAULT_PRODUCER', 'DEFAULT_CONSUMER'])

/** Why a group cannot have this name; `undefined` when it can. */
export function checkGroupName(group: string): string | undefined {
  if (isBlank(group)) return 'the specified group is blank'
  if (!allowedCharacters.test(group))
    return `the specified group[${clip(group)}] contains illegal characters, allowing only ${allowedCharacters.source}`
  if (group.length > maxGroupLength)
    return `the specified group[${clip(group)}] is longer than group max length: ${maxGroupLength}`
  if (reservedGroups.has(group)) return `the group name ${group} is reserved: choose another`
  return undefined
}

export const isSystemGroup = (group: string): boolean => group.startsWith(systemGroupPrefix)

const isBlank = (name: string) => !/\S/.test(name)
const clip = (name: string) => (name.length > 300 ? `${name.slice(0, 300)}…` : name)
