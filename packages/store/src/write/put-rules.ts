import {
  maxPropertiesBytes,
  maxTopicBytesV1,
  minBlankBytes,
  retryTopicPrefix,
  sysFlag,
} from '@cometmq/protocol/message'
import { isTopicFolder } from '../dispatch/topic-folder.ts'
import { illegalMessage, StoreError } from '../error.ts'
import type { BatchItemToStore, MessageToStore } from '../message.ts'
import type { StoreSettings } from '../options.ts'

/** What a record may have besides the body. */
const maxRecordExtraBytes = 64 * 1024
const maxRetryTopicBytes = 255

/**
 * Why a message cannot be stored, whatever the state of the store; `undefined` when it can. The topic of a queue that exists was checked when it
 * was made.
 */
export function checkMessage(
  { topic, queueId, body, properties }: MessageToStore,
  maxBodyBytes: number,
  isKnownQueue: boolean,
): StoreError | undefined {
  return (isKnownQueue ? undefined : checkTopic(topic, queueId)) ?? checkContent(body, properties, maxBodyBytes)
}

export function checkBatch(
  { topic, queueId, sysFlag: flags }: MessageToStore,
  items: readonly BatchItemToStore[],
  maxBodyBytes: number,
): StoreError | undefined {
  if (items.length === 0) return illegalMessage('the batch is empty')
  if ((flags & sysFlag.TRANSACTION_MASK) !== 0) return illegalMessage('a batch cannot be part of a transaction')
  const refused = checkTopic(topic, queueId)
  if (refused !== undefined) return refused
  for (const item of items) {
    const refusedItem = checkContent(item.body, item.properties, maxBodyBytes)
    if (refusedItem !== undefined) return refusedItem
  }
  return undefined
}

/** `bytes`: of all records that have to be in one file. */
export function checkSize(
  bytes: number,
  largest: number,
  { maxMessageSize, mappedFileSizeCommitLog }: StoreSettings,
): StoreError | undefined {
  const limit = maxMessageSize + maxRecordExtraBytes
  if (largest > limit) return illegalMessage(`the message takes ${largest} bytes in the log, and the limit is ${limit}`)
  if (bytes + minBlankBytes > mappedFileSizeCommitLog) {
    return illegalMessage(
      `${bytes} bytes do not fit a file of the log: mappedFileSizeCommitLog is ${mappedFileSizeCommitLog}`,
    )
  }
  return undefined
}

function checkTopic(topic: string, queueId: number): StoreError | undefined {
  if (!isTopicFolder(topic)) return illegalMessage(`the topic "${topic}" cannot be the name of a folder`)
  const limit = topic.startsWith(retryTopicPrefix) ? maxRetryTopicBytes : maxTopicBytesV1
  if (topic.length > limit || Buffer.byteLength(topic) > limit) {
    return illegalMessage(`the topic has ${Buffer.byteLength(topic)} bytes, and the limit is ${limit}`)
  }
  if (!Number.isInteger(queueId) || queueId < 0) return illegalMessage(`there is no queue ${queueId}`)
  return undefined
}

function checkContent(body: Buffer, properties: string, maxBodyBytes: number): StoreError | undefined {
  if (body.length > maxBodyBytes) {
    return illegalMessage(`the body has ${body.length} bytes, and the limit (maxMessageSize) is ${maxBodyBytes}`)
  }
  // A character takes at most three bytes for each unit of its length.
  if (properties.length * 3 > maxPropertiesBytes) {
    const bytes = Buffer.byteLength(properties)
    if (bytes > maxPropertiesBytes) {
      return new StoreError(
        'STORE_PROPERTIES_TOO_LONG',
        `the properties have ${bytes} bytes, and the limit is ${maxPropertiesBytes}`,
      )
    }
  }
  return undefined
}
