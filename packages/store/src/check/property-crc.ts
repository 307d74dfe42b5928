import { crc32Of, type RecordLayout } from '@cometmq/protocol/message'

/** `__CRC32#`, 0x01, ten digits, 0x02: what an Apache broker with enabledAppendPropCRC puts at the end of the properties. */
const name = Buffer.from('__CRC32#\u0001')
const blockBytes = name.length + 11

/** Why the checksum at the end of the record's properties does not fit; `undefined` when it fits or there is none. */
export function propertyCrcFlaw(bytes: Buffer, at: number, { propertiesAt, size }: RecordLayout): string | undefined {
  const end = at + size
  const blockAt = end - blockBytes
  if (blockAt < propertiesAt || bytes[end - 1] !== 2 || bytes[blockAt] !== name[0]) return undefined
  if (!bytes.subarray(blockAt, blockAt + name.length).equals(name)) return undefined
  // The digits stand with the least significant first.
  const digits = bytes.toString('latin1', blockAt + name.length, end - 1)
  const stored = Number([...digits].reverse().join(''))
  const found = crc32Of(bytes.subarray(at, blockAt))
  return found === stored ? undefined : `its checksum is ${found}, and its properties say ${stored}`
}
