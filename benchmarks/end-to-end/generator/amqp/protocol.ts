/** AMQP 0-9-1, as far as the generator speaks it. A frame: type, channel, length of what follows, that, and an end mark. */
import type { FrameCutter } from '../connection.ts'

export const frameType = { method: 1, header: 2, body: 3, heartbeat: 8 } as const
export const headBytes = 7
const endMark = 0xce
/** What RabbitMQ offers, and a client may not exceed. */
const largestFrameBytes = 131_072
/** We use channel 1; 0 would ask for no limit, which RabbitMQ refuses. */
const mostChannels = 1
const protocolLetter = 'A'.charCodeAt(0)

/** Class and method in one number, as they stand in a frame. */
export const method = {
  connectionStart: 0x000a_000a,
  connectionStartOk: 0x000a_000b,
  connectionTune: 0x000a_001e,
  connectionTuneOk: 0x000a_001f,
  connectionOpen: 0x000a_0028,
  connectionOpenOk: 0x000a_0029,
  connectionClose: 0x000a_0032,
  channelOpen: 0x0014_000a,
  channelOpenOk: 0x0014_000b,
  channelClose: 0x0014_0028,
  queueDeclare: 0x0032_000a,
  queueDeclareOk: 0x0032_000b,
  confirmSelect: 0x0055_000a,
  confirmSelectOk: 0x0055_000b,
  basicPublish: 0x003c_0028,
  basicReturn: 0x003c_0032,
  basicAck: 0x003c_0050,
  basicNack: 0x003c_0078,
} as const

export const cutAmqpFrame: FrameCutter = (bytes, at, filled) => {
  if (filled - at < headBytes + 1) return -1
  if (bytes[at] === protocolLetter) throw new Error('the server speaks another version of AMQP')
  const end = at + headBytes + bytes.readUInt32BE(at + 3) + 1
  if (end - at > bytes.length) throw new Error(`a frame of AMQP claims ${end - at} bytes`)
  if (end > filled) return -1
  if (bytes[end - 1] !== endMark) throw new Error('a frame of AMQP does not end with its mark')
  return end
}

export function frame(type: number, channel: number, payload: Buffer): Buffer {
  const bytes = Buffer.alloc(headBytes + payload.length + 1)
  bytes[0] = type
  bytes.writeUInt16BE(channel, 1)
  bytes.writeUInt32BE(payload.length, 3)
  payload.copy(bytes, headBytes)
  bytes[bytes.length - 1] = endMark
  return bytes
}

export function methodFrame(channel: number, which: number, ...args: Buffer[]): Buffer {
  return frame(frameType.method, channel, Buffer.concat([int32(which), ...args]))
}

/** All that a client says until it may publish with confirms on channel 1. The server answers step by step, and needs no waiting for. */
export function greeting(): Buffer {
  const anybody = longString('\0guest\0guest')
  return Buffer.concat([
    Buffer.from('AMQP\0\0\x09\x01', 'latin1'),
    methodFrame(0, method.connectionStartOk, table({}), shortString('PLAIN'), anybody, shortString('en_US')),
    methodFrame(0, method.connectionTuneOk, int16(mostChannels), int32(largestFrameBytes), int16(0)),
    methodFrame(0, method.connectionOpen, shortString('/'), shortString(''), Buffer.alloc(1)),
    methodFrame(1, method.channelOpen, shortString('')),
    methodFrame(1, method.confirmSelect, Buffer.alloc(1)),
  ])
}

/** Declares a durable queue of a type: `stream`, `quorum` or `classic`. */
export function declareQueue(queue: string, type: string): Buffer {
  const durable = Buffer.from([0b0000_0010])
  return methodFrame(1, method.queueDeclare, int16(0), shortString(queue), durable, table({ 'x-queue-type': type }))
}

/** A persistent message to a queue, in three frames; the body begins at `bodyAt`. */
export function publication(queue: string, body: Buffer): { bytes: Buffer; bodyAt: number } {
  if (body.length > largestFrameBytes - headBytes - 1)
    throw new RangeError(`a body of ${body.length} bytes would need more than one frame`)
  const size = Buffer.alloc(8)
  size.writeBigUInt64BE(BigInt(body.length))
  const deliveryMode = Buffer.concat([int16(1 << 12), Buffer.from([2])])
  const head = Buffer.concat([
    methodFrame(1, method.basicPublish, int16(0), shortString(''), shortString(queue), Buffer.alloc(1)),
    frame(frameType.header, 1, Buffer.concat([int16(60), int16(0), size, deliveryMode])),
  ])
  return { bytes: Buffer.concat([head, frame(frameType.body, 1, body)]), bodyAt: head.length + headBytes }
}

/** The method of a frame; 0 when it is none. */
export function methodOf(bytes: Buffer, at: number): number {
  return bytes[at] === frameType.method ? bytes.readUInt32BE(at + headBytes) : 0
}

/** Why the server closes a connection or a channel. */
export function closeReason(bytes: Buffer, at: number): string {
  const codeAt = at + headBytes + 4
  const length = bytes[codeAt + 2]!
  return `${bytes.readUInt16BE(codeAt)} ${bytes.toString('utf8', codeAt + 3, codeAt + 3 + length)}`
}

/** Text values only. */
function table(fields: Record<string, string>): Buffer {
  const rows = Object.entries(fields).map(([name, value]) =>
    Buffer.concat([shortString(name), Buffer.from('S'), longString(value)]),
  )
  const content = Buffer.concat(rows)
  return Buffer.concat([int32(content.length), content])
}

function shortString(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}

function longString(text: string): Buffer {
  const bytes = Buffer.from(text)
  return Buffer.concat([int32(bytes.length), bytes])
}

function int16(value: number): Buffer {
  const bytes = Buffer.alloc(2)
  bytes.writeUInt16BE(value)
  return bytes
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
