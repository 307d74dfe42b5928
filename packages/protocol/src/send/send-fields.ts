import { isText } from '../plain/plain-text.ts'

/** SEND_MESSAGE and SEND_MESSAGE_V2. */
export const codeV1 = 10
export const codeV2 = 310

/** The fields of SEND_MESSAGE; those of SEND_MESSAGE_V2 are called `a`, `b`, `c` and so on, in this order. */
const namesV1 = [
  'producerGroup',
  'topic',
  'defaultTopic',
  'defaultTopicQueueNums',
  'queueId',
  'sysFlag',
  'bornTimestamp',
  'flag',
  'properties',
  'reconsumeTimes',
  'unitMode',
  'maxReconsumeTimes',
  'batch',
  'bname',
].map((name) => Buffer.from(name))
export const topicField = 1
export const queueIdField = 4
export const sysFlagField = 5
export const bornTimestampField = 6
export const flagField = 7
export const propertiesField = 8
export const reconsumeTimesField = 9
export const batchField = 12
/** Bits of the fields that are numbers: two are only looked at for being numbers. */
const numbers = 0b1010_1111_1000 & ~(1 << propertiesField)
/** Topic to properties; without properties a message has no unique key, and is not plain. */
export const required = 0b1_1111_1110
/** Group, topic, default topic and its queues: they are the same for all messages of a producer to a topic. */
export const fieldsOfPrefix = 0b1111

const letterA = 0x61
const letterZ = 0x7a

/** The number of a field by its name; −1 for one that the command does not declare. */
export function fieldOf(isV2: boolean, bytes: Buffer, start: number, end: number): number {
  if (isV2) {
    const letter = bytes[start]! - letterA
    return end - start === 1 && letter >= 0 && letter < namesV1.length ? letter : -1
  }
  for (let field = 0; field < namesV1.length; field++) {
    const name = namesV1[field]!
    if (name.length === end - start && isText(bytes, start, end, name)) return field
  }
  return -1
}

export const isNumber = (field: number): boolean => field >= 0 && (numbers & (1 << field)) !== 0
export const isLetter = (byte: number): boolean => byte >= letterA && byte <= letterZ
