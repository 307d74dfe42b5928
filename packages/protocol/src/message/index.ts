/** Messages as bytes: records, batches, properties, ids, tags and the names of topics. All that the store knows of the protocol. */
export { type BatchItem, decodeBatch, encodeBatch, maxBatchItems } from './batch.ts'
export { checkRecord, encodeBlank, type RecordCheck, readProperties, readTopic } from './check-record.ts'
export { crc32Of } from './crc.ts'
export { readInt16, readInt32, readInt64, writeInt16, writeInt32, writeInt64 } from './int64.ts'
export { ipSize, ipv4Bytes, ipv6Bytes, readIp, writeIp } from './ip.ts'
export { javaAbs, javaHashCode, javaTrim } from './java.ts'
export { decodeOffsetMsgId, encodeOffsetMsgId, offsetMsgIdEncoder } from './message-id.ts'
export { permission } from './permission.ts'
export {
  encodePlainRecord,
  hostBytes,
  isPlainTopic,
  type PlainMessage,
  plainRecordSize,
  type RecordMemory,
} from './plain-record.ts'
export { decodeProperties, encodeProperties, propertyOf, withProperties } from './properties.ts'
export { type PropertyName, propertyNames } from './property-names.ts'
export {
  blankMagic,
  decodeRecord,
  type Message,
  maxPropertiesBytes,
  maxTopicBytes,
  maxTopicBytesV1,
  minBlankBytes,
  minRecordBytes,
  type Placement,
  type RecordLayout,
  recordLayout,
  recordMagicV1,
  recordMagicV2,
  recordSize,
  type StoredMessage,
} from './record.ts'
export { encodeRecord, RecordEncoder } from './record-encoder.ts'
export {
  readBodyCrc,
  readBornTimestamp,
  readMagic,
  readPhysicalOffset,
  readQueueId,
  readQueueOffset,
  readStoreTimestamp,
  readSysFlag,
  readTotalSize,
  recordHeadBytes,
  storeTimestampOffset,
} from './record-fields.ts'
export { pullSysFlag, sysFlag, topicSysFlag } from './sys-flag.ts'
export { parseTagExpression, type TagExpression, tagsCodeOf, tagsCodeOfProperties } from './tags.ts'
export {
  checkGroupName,
  checkTopicName,
  deadLetterTopicOf,
  deadLetterTopicPrefix,
  groupOfTopic,
  isDeadLetterTopic,
  isForbiddenToSend,
  isRetryTopic,
  isSystemGroup,
  isSystemTopic,
  liteQueuePrefix,
  maxGroupLength,
  maxGroupTopicLength,
  maxTopicLength,
  retryTopicOf,
  retryTopicPrefix,
  systemGroupPrefix,
  systemTopicPrefix,
  systemTopics,
} from './topic-names.ts'
export { decodeUniqKey, encodeUniqKey, type UniqKeyParts, uniqKeyGenerator } from './uniq-key.ts'
