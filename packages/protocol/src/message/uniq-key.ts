import { assert, type Clock, type Random } from '@cometmq/platform'
import { ProtocolError } from '../error.ts'
import { readInt16, readInt32, writeInt16, writeInt32 } from './int64.ts'
import { readIp, writeIp } from './ip.ts'

/**
 * A UNIQ_KEY is the message id that a sender makes, in upper-case hexadecimal, 32 digits (56 with IPv6):
 *
 * | size | field |
 * |---|---|
 * | 4 or 16 | address of the sender |
 * | 2 | process id, its low 16 bits |
 * | 4 | any number that tells instances within a process apart |
 * | 4 | ms since the start of the month, local time |
 * | 2 | counter |
 */
export interface UniqKeyParts {
  address: string
  pid: number
  instance: number
  /** Milliseconds since the start of the calendar month. */
  timeInMonthMs: number
  /** int16; wraps. */
  counter: number
}

/**
 * Makes a generator of message ids, unique as long as fewer than 65 536 are made in a millisecond.
 *
 * @example
 * const nextUniqKey = uniqKeyGenerator({ clock, random, address: '10.0.0.5', pid: process.pid })
 * nextUniqKey() // '0A000005…'
 */
export function uniqKeyGenerator(world: { clock: Clock; random: Random; address: string; pid: number }): () => string {
  const bytes = Buffer.alloc(22)
  const size = writeIp(bytes, 0, world.address)
  assert(size !== undefined, `message ids need an IP address, not "${world.address}"`)
  writeInt16(bytes, size, world.pid)
  world.random.bytes(4).copy(bytes, size + 2)
  const prefix = bytes.toString('hex', 0, size + 6).toUpperCase()
  const month = { startMs: 0, endMs: 0 }
  let counter = 0
  return () => {
    const nowMs = world.clock.now()
    if (nowMs < month.startMs || nowMs >= month.endMs) Object.assign(month, monthOf(nowMs))
    counter = (counter + 1) & 0xffff
    return prefix + hex(nowMs - month.startMs, 8) + hex(counter, 4)
  }
}

/** Readers take the time of an id from its milliseconds and their own calendar. */
function monthOf(nowMs: number): { startMs: number; endMs: number } {
  const now = new Date(nowMs)
  return {
    startMs: new Date(now.getFullYear(), now.getMonth(), 1).getTime(),
    endMs: new Date(now.getFullYear(), now.getMonth() + 1, 1).getTime(),
  }
}

const hex = (value: number, digits: number) => Math.trunc(value).toString(16).toUpperCase().padStart(digits, '0')

/** Throws `ProtocolError` for what has not the form of a UNIQ_KEY; senders other than RocketMQ's own may use any text. */
export function decodeUniqKey(text: string): UniqKeyParts {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{56})$/i.test(text))
    throw new ProtocolError(`a UNIQ_KEY has 32 or 56 hexadecimal digits, unlike "${text.slice(0, 60)}"`)
  const bytes = Buffer.from(text, 'hex')
  const size = bytes.length === 16 ? 4 : 16
  return {
    address: readIp(bytes, 0, size),
    pid: readInt16(bytes, size) & 0xffff,
    instance: readInt32(bytes, size + 2),
    timeInMonthMs: readInt32(bytes, size + 6) >>> 0,
    counter: readInt16(bytes, size + 10),
  }
}

/** The bytes as a UNIQ_KEY. */
export function encodeUniqKey(parts: UniqKeyParts): string {
  const bytes = Buffer.alloc(28)
  const size = writeIp(bytes, 0, parts.address)
  assert(size !== undefined, `message ids need an IP address, not "${parts.address}"`)
  writeInt16(bytes, size, parts.pid)
  writeInt32(bytes, size + 2, parts.instance)
  writeInt32(bytes, size + 6, parts.timeInMonthMs)
  writeInt16(bytes, size + 10, parts.counter)
  return bytes.toString('hex', 0, size + 12).toUpperCase()
}
