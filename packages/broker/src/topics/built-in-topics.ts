import type { TopicConfig } from '@cometmq/protocol/bodies'
import { permission, systemTopics } from '@cometmq/protocol/message'
import type { BrokerOptions } from '../options.ts'

const readWrite = permission.READ | permission.WRITE
const inherited = readWrite | permission.INHERIT

/** The topics that a broker has before anybody made one. Source: a fresh Apache RocketMQ 5.5.0 broker. */
export function builtInTopics(options: BrokerOptions): TopicConfig[] {
  const topic = (topicName: string, queues: number, perm: number = readWrite): TopicConfig => ({
    topicName,
    readQueueNums: queues,
    writeQueueNums: queues,
    perm,
    topicFilterType: 'SINGLE_TAG',
    topicSysFlag: 0,
    order: false,
    attributes: {},
  })
  return [
    topic(systemTopics.SELF_TEST, 1),
    ...(options.autoCreateTopic ? [topic(systemTopics.AUTO_CREATE, options.defaultTopicQueues, inherited)] : []),
    topic(systemTopics.BENCHMARK, 1024),
    topic(options.clusterName, 16, inherited),
    topic(options.brokerName, 1, inherited),
    topic(systemTopics.OFFSET_MOVED, 1),
    topic(systemTopics.SCHEDULE, 18),
    ...(options.traceTopic ? [topic(options.traceTopicName, 1)] : []),
    topic(`${options.clusterName}_REPLY_TOPIC`, 1),
    topic(`rmq_sys_REVIVE_LOG_${options.clusterName}`, 8),
    topic(`rmq_sys_SYNC_BROKER_MEMBER_${options.brokerName}`, 1, permission.INHERIT),
    topic(systemTopics.TRANS_HALF, 1),
    topic(systemTopics.TRANS_OP_HALF, 1),
    topic(systemTopics.ROCKSDB_TRANS_HALF, 1),
    topic(systemTopics.ROCKSDB_TRANS_OP_HALF, 1),
    topic(systemTopics.TIMER_WHEEL, 1),
  ]
}
