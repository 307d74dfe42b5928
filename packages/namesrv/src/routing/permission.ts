import { permission } from '@cometmq/protocol/bodies'

/** Bits of a topic's `topicSysFlag`. */
export const topicFlag = { unit: 1, unitSubscription: 2 } as const

export const readAndWrite = permission.READ | permission.WRITE
export const isWritable = (perm: number) => (perm & permission.WRITE) !== 0
export const withoutWrite = (perm: number) => perm & ~permission.WRITE
