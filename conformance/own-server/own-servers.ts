import { commonProperties } from '../servers.ts'

/**
 * What a server is started with whose scenarios need settings that would be in the way of others, or that is killed by them. The scenarios of one run on it one after the other, in
 * the order of the catalogue.
 */
export const ownServers = {
  limited: {
    ...commonProperties,
    enableLmq: 'true',
    enableMultiDispatch: 'true',
    enableLmqQuota: 'true',
    maxLmqConsumeQueueNum: '2',
    enableRetryTopicV2: 'true',
    messageDelayLevel: '2s 4s',
  },
  /** Room for two sends and two pulls at once, and one millisecond for a write. */
  tight: {
    ...commonProperties,
    sendMessageThreadPoolNums: '1',
    sendThreadPoolQueueCapacity: '2',
    pullMessageThreadPoolNums: '1',
    pullThreadPoolQueueCapacity: '2',
    maxHeldPulls: '2',
    osPageCacheBusyTimeOutMills: '1',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type OwnServerName = keyof typeof ownServers
