/** Where stands what was popped and what was acknowledged. */
export const reviveTopicOf = (clusterName: string): string => `rmq_sys_REVIVE_LOG_${clusterName}`

/** How far the revive topic is done is an offset of this group: the last record of which nothing is open, and of none before it. */
export const reviveGroup = 'CID_RMQ_SYS_REVIVE_GROUP'

/** Up to where its records are counted by the offsets of groups that are written with this one. */
export const reviveSeenGroup = 'CID_RMQ_SYS_REVIVE_SEEN'
