/** Bits of a message's `sysFlag`. The compression type of a message with `COMPRESSED` and no type bits is zlib. */
export const sysFlag = {
  COMPRESSED: 0x1,
  MULTI_TAGS: 0x2,
  /** A message that nobody sees until its transaction commits. */
  TRANSACTION_PREPARED: 0x4,
  TRANSACTION_COMMIT: 0x8,
  TRANSACTION_ROLLBACK: 0xc,
  TRANSACTION_MASK: 0xc,
  BORN_HOST_V6: 0x10,
  STORE_HOST_V6: 0x20,
  NEED_UNWRAP: 0x40,
  INNER_BATCH: 0x80,
  COMPRESSION_LZ4: 0x100,
  COMPRESSION_ZSTD: 0x200,
  COMPRESSION_ZLIB: 0x300,
  COMPRESSION_MASK: 0x700,
} as const

/** Bits of a pull request's `sysFlag`. */
export const pullSysFlag = {
  /** The request carries an offset to commit. */
  COMMIT_OFFSET: 0x1,
  /** The broker may hold the request until a message arrives. */
  SUSPEND: 0x2,
  /** The request carries its subscription. */
  SUBSCRIPTION: 0x4,
  CLASS_FILTER: 0x8,
  LITE_PULL: 0x10,
} as const

/** Bits of a topic's `topicSysFlag`. */
export const topicSysFlag = {
  UNIT: 0x1,
  UNIT_SUB: 0x2,
} as const
