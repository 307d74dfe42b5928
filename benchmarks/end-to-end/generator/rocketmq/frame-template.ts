/**
 * Request frames, encoded once. A send differs from the one before only in its opaque, its born timestamp, its unique
 * key and the send time in its body, all of fixed width, so the generator copies the template and patches these in place.
 */
const jsonSerializeType = 0
/** What a 5.5.0 client announces. */
const clientVersion = 513
/** Opaques start here and so always have ten digits; bit 31 stays clear. */
export const firstOpaque = 1 << 30
const opaqueDigits = 10
const bornTimestampDigits = 13
const uniqueKeyDigits = 32
/** The first bytes of a body hold the send time of the generator's clock, for end-to-end latency. */
export const smallestBodyBytes = 8

export const requestCode = {
  send: 310,
  sendBatch: 320,
  pull: 11,
  createTopic: 17,
  maxOffset: 30,
  endTransaction: 37,
  pop: 200050,
  ack: 200051,
} as const
const pullSysFlag = { suspend: 2, subscription: 4 } as const

export const producerGroup = 'bench-producer'
/** The transaction bits of a half message. */
export const preparedSysFlag = 4
/** Of delay level 1, and the same for timers. */
export const specialDelayMs = 1_000

/** Where one message of a template is patched. */
interface MessagePlace {
  readonly uniqueKeyCounterAt: number
  readonly bodyAt: number
}

export interface SendTemplate {
  readonly bytes: Buffer
  readonly opaqueAt: number
  readonly bornTimestampAt: number
  readonly queueIdAt: number
  readonly queueIdDigits: number
  /** One for each message of a batch. */
  readonly messages: readonly MessagePlace[]
}

export interface SendTarget {
  readonly topic: string
  readonly topicQueues: number
  /** As many as the queue id has that will be patched in: no leading zeros, as clients write it. */
  readonly queueIdDigits: number
  readonly bodyBytes: number
  /** Messages of a frame; more than one makes a SEND_BATCH_MESSAGE. */
  readonly batch: number
  /** Properties besides those of every message, as `NAME\\u0001value\\u0002`. */
  readonly properties?: string | undefined
  readonly sysFlag?: number
  /** 24 upper-case hexadecimal digits; the counter makes the other 8. */
  readonly uniqueKeyPrefix: string
}

/** A SEND_MESSAGE_V2 (or batch) as the Java client sends it: JSON header, auto-creation through TBW102, UNIQ_KEY and WAIT. */
export function sendTemplate(target: SendTarget): SendTemplate {
  if (target.bodyBytes < smallestBodyBytes) throw new RangeError(`a body has at least ${smallestBodyBytes} bytes`)
  const isBatch = target.batch > 1
  const bornTimestamp = '9'.repeat(bornTimestampDigits)
  const queueId = '9'.repeat(target.queueIdDigits)
  const uniqueKey = target.uniqueKeyPrefix.padEnd(uniqueKeyDigits, '0')
  const properties = `UNIQ_KEY\u0001${uniqueKey}\u0002WAIT\u0001true\u0002${target.properties ?? ''}`
  const extFields = {
    a: producerGroup,
    b: target.topic,
    c: 'TBW102',
    d: String(target.topicQueues),
    e: queueId,
    f: String(target.sysFlag ?? 0),
    g: bornTimestamp,
    h: '0',
    i: isBatch ? 'WAIT\u0001true\u0002' : properties,
    j: '0',
    k: 'false',
    m: String(isBatch),
    n: 'broker-a',
  }
  const record = isBatch ? batchRecord(body(target.bodyBytes), properties) : body(target.bodyBytes)
  const content = Buffer.concat(Array.from({ length: target.batch }, () => record))
  const code = isBatch ? requestCode.sendBatch : requestCode.send
  const bytes = requestFrame(code, extFields, firstOpaque, content)
  const recordsAt = bytes.length - content.length
  const messages = Array.from({ length: target.batch }, (_, index): MessagePlace => {
    const recordAt = recordsAt + index * record.length
    const keyAt = find(bytes, uniqueKey, isBatch ? recordAt : 0)
    return {
      uniqueKeyCounterAt: keyAt + uniqueKeyDigits - 8,
      bodyAt: isBatch ? recordAt + batchRecordHeadBytes : recordAt,
    }
  })
  return {
    bytes,
    opaqueAt: find(bytes, `"opaque":${firstOpaque}`) + '"opaque":'.length,
    bornTimestampAt: find(bytes, `"g":"${bornTimestamp}"`) + '"g":"'.length,
    queueIdAt: find(bytes, `"e":"${queueId}"`) + '"e":"'.length,
    queueIdDigits: target.queueIdDigits,
    messages,
  }
}

/** Total size, magic, CRC and flag, which the broker fills in anew, and the length of the body. */
const batchRecordHeadBytes = 20

function batchRecord(content: Buffer, properties: string): Buffer {
  const head = Buffer.alloc(batchRecordHeadBytes)
  const text = Buffer.from(properties)
  const tail = Buffer.alloc(2)
  head.writeInt32BE(head.length + content.length + tail.length + text.length, 0)
  head.writeInt32BE(content.length, 16)
  tail.writeInt16BE(text.length, 0)
  return Buffer.concat([head, content, tail, text])
}

export interface PullTarget {
  readonly group: string
  readonly topic: string
  readonly queueId: number
  readonly queueOffset: number
  readonly maxMessages: number
  /** 0 asks for an answer at once; otherwise the broker may hold the pull so long. */
  readonly suspendMs: number
}

/** A pull is built anew each time: its offset varies in width, and it is paid once for up to 32 messages. */
export function pullFrame(target: PullTarget, opaque: number): Buffer {
  const extFields = {
    bname: 'broker-a',
    commitOffset: '0',
    consumerGroup: target.group,
    expressionType: 'TAG',
    maxMsgNums: String(target.maxMessages),
    queueId: String(target.queueId),
    queueOffset: String(target.queueOffset),
    subVersion: '0',
    subscription: '*',
    suspendTimeoutMillis: String(target.suspendMs),
    sysFlag: String(pullSysFlag.subscription | (target.suspendMs > 0 ? pullSysFlag.suspend : 0)),
    topic: target.topic,
  }
  return requestFrame(requestCode.pull, extFields, opaque, Buffer.alloc(0))
}

/** Writes a number as decimal digits of a fixed width. */
export function patchDecimal(bytes: Buffer, at: number, digits: number, value: number): void {
  let rest = value
  for (let index = at + digits - 1; index >= at; index -= 1) {
    const next = Math.floor(rest / 10)
    bytes[index] = 48 + (rest - next * 10)
    rest = next
  }
}

export function patchOpaque(bytes: Buffer, at: number, opaque: number): void {
  patchDecimal(bytes, at, opaqueDigits, opaque)
}

export function patchBornTimestamp(bytes: Buffer, at: number, timestampMs: number): void {
  patchDecimal(bytes, at, bornTimestampDigits, timestampMs)
}

/** Writes a queue id into a template made for that many digits. */
export function patchQueueId(bytes: Buffer, at: number, template: SendTemplate, queueId: number): void {
  patchDecimal(bytes, at + template.queueIdAt, template.queueIdDigits, queueId)
}

/** Writes the last eight hexadecimal digits of a unique key. */
export function patchUniqueKeyCounter(bytes: Buffer, at: number, counter: number): void {
  for (let digit = 0; digit < 8; digit += 1) {
    const nibble = (counter >>> (28 - 4 * digit)) & 15
    bytes[at + digit] = nibble < 10 ? 48 + nibble : 55 + nibble
  }
}

export function requestFrame(code: number, extFields: Record<string, string>, opaque: number, content: Buffer): Buffer {
  const header = Buffer.from(
    JSON.stringify({
      code,
      extFields,
      flag: 0,
      language: 'JAVA',
      opaque,
      serializeTypeCurrentRPC: 'JSON',
      version: clientVersion,
    }),
  )
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(4 + header.length + content.length, 0)
  prefix.writeInt32BE((jsonSerializeType << 24) | header.length, 4)
  return Buffer.concat([prefix, header, content])
}

/** Text that neither repeats at once nor compresses away, the same in every run. */
export function body(bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(bodyBytes)
  let state = 0x2545f491
  for (let index = smallestBodyBytes; index < bodyBytes; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    bytes[index] = 33 + ((state >>> 16) % 94)
  }
  return bytes
}

function find(bytes: Buffer, text: string, from = 0): number {
  const at = bytes.indexOf(text, from)
  if (at < 0) throw new Error(`the template holds no ${text}`)
  return at
}
