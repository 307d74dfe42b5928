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

export const requestCode = { send: 310, pull: 11 } as const
const pullSysFlag = { suspend: 2, subscription: 4 } as const

export interface SendTemplate {
  readonly bytes: Buffer
  readonly opaqueAt: number
  readonly bornTimestampAt: number
  readonly uniqueKeyCounterAt: number
  readonly bodyAt: number
}

export interface SendTarget {
  readonly topic: string
  readonly queueId: number
  readonly topicQueues: number
  readonly bodyBytes: number
  /** 24 upper-case hexadecimal digits; the counter makes the other 8. */
  readonly uniqueKeyPrefix: string
}

/** A SEND_MESSAGE_V2 as the Java client sends it: JSON header, auto-creation through TBW102, UNIQ_KEY and WAIT. */
export function sendTemplate(target: SendTarget): SendTemplate {
  if (target.bodyBytes < smallestBodyBytes) throw new RangeError(`a body has at least ${smallestBodyBytes} bytes`)
  const uniqueKey = target.uniqueKeyPrefix.padEnd(uniqueKeyDigits, '0')
  const bornTimestamp = '9'.repeat(bornTimestampDigits)
  const extFields = {
    a: 'bench-producer',
    b: target.topic,
    c: 'TBW102',
    d: String(target.topicQueues),
    e: String(target.queueId),
    f: '0',
    g: bornTimestamp,
    h: '0',
    i: `UNIQ_KEY\u0001${uniqueKey}\u0002WAIT\u0001true\u0002`,
    j: '0',
    k: 'false',
    m: 'false',
    n: 'broker-a',
  }
  const bytes = requestFrame(requestCode.send, extFields, firstOpaque, body(target.bodyBytes))
  const keyAt = find(bytes, uniqueKey)
  return {
    bytes,
    opaqueAt: find(bytes, `"opaque":${firstOpaque}`) + '"opaque":'.length,
    bornTimestampAt: find(bytes, `"g":"${bornTimestamp}"`) + '"g":"'.length,
    uniqueKeyCounterAt: keyAt + uniqueKeyDigits - 8,
    bodyAt: bytes.length - target.bodyBytes,
  }
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

/** Writes the last eight hexadecimal digits of a unique key. */
export function patchUniqueKeyCounter(bytes: Buffer, at: number, counter: number): void {
  for (let digit = 0; digit < 8; digit += 1) {
    const nibble = (counter >>> (28 - 4 * digit)) & 15
    bytes[at + digit] = nibble < 10 ? 48 + nibble : 55 + nibble
  }
}

function requestFrame(code: number, extFields: Record<string, string>, opaque: number, content: Buffer): Buffer {
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
function body(bodyBytes: number): Buffer {
  const bytes = Buffer.alloc(bodyBytes)
  let state = 0x2545f491
  for (let index = smallestBodyBytes; index < bodyBytes; index += 1) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    bytes[index] = 33 + ((state >>> 16) % 94)
  }
  return bytes
}

function find(bytes: Buffer, text: string): number {
  const at = bytes.indexOf(text)
  if (at < 0) throw new Error(`the template holds no ${text}`)
  return at
}
