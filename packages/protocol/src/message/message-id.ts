import { type Address, assert } from '@cometmq/platform'
import { ProtocolError } from '../error.ts'
import { readInt32, readInt64, writeInt32, writeInt64 } from './int64.ts'
import { readIp, writeIp } from './ip.ts'

/**
 * An offsetMsgId says where a message is stored: the broker's address (4 or 16 bytes), its port as int32 and the physical offset as int64, in
 * upper-case hexadecimal: 32 or 56 digits.
 *
 * @example
 * encodeOffsetMsgId({ host: '127.0.0.1', port: 10911 }, 1000) // '7F00000100002A9F00000000000003E8'
 */
export function encodeOffsetMsgId({ host, port }: Address, physicalOffset: number): string {
  const bytes = Buffer.allocUnsafe(28)
  const size = writeIp(bytes, 0, host)
  assert(size !== undefined, `a message id needs an IP address, not "${host}"`)
  writeInt32(bytes, size, port)
  writeInt64(bytes, size + 4, physicalOffset)
  return bytes.toString('hex', 0, size + 12).toUpperCase()
}

/** `encodeOffsetMsgId` for the many messages of one broker. */
export function offsetMsgIdEncoder(storeHost: Address): (physicalOffset: number) => string {
  const prefix = encodeOffsetMsgId(storeHost, 0).slice(0, -16)
  return (physicalOffset) => prefix + physicalOffset.toString(16).toUpperCase().padStart(16, '0')
}

/** Throws `ProtocolError`. */
export function decodeOffsetMsgId(text: string): { storeHost: Address; physicalOffset: number } {
  if (!/^(?:[0-9a-f]{32}|[0-9a-f]{56})$/i.test(text))
    throw new ProtocolError(`an offsetMsgId has 32 or 56 hexadecimal digits, unlike "${text.slice(0, 60)}"`)
  const bytes = Buffer.from(text, 'hex')
  const size = bytes.length === 16 ? 4 : 16
  const physicalOffset = readInt64(bytes, size + 4)
  const port = readInt32(bytes, size)
  if (!Number.isSafeInteger(physicalOffset) || physicalOffset < 0 || port < 0 || port > 65_535)
    throw new ProtocolError(`the offsetMsgId "${text}" names port ${port} and offset ${physicalOffset}`)
  return { storeHost: { host: readIp(bytes, 0, size), port }, physicalOffset }
}
