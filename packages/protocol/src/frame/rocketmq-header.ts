import { ProtocolError } from '../error.ts'
import { type ExtFields, type Header, languages, ownLanguage } from './header.ts'
import type { OutgoingHeader } from './json-header.ts'
import { protocolVersion } from './limits.ts'

/**
 * The ROCKETMQ binary header (serialization type 1), all integers big-endian:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 2 | code, int16 |
 * | 2 | 1 | language code |
 * | 3 | 2 | version, int16 |
 * | 5 | 4 | opaque |
 * | 9 | 4 | flag |
 * | 13 | 4 + n | remark: length, UTF-8 |
 * | 17 + n | 4 + m | fields: length, then entries of int16 key length, key, int32 value length, value |
 *
 * A text of length 0 reads as absent. Codes above 32767 do not fit; such commands need the JSON header.
 */
const fixedBytes = 21

export function decodeRocketmqHeader(bytes: Buffer, start: number, end: number): Header {
  if (end - start < fixedBytes)
    throw new ProtocolError(`a binary header of ${end - start} bytes is shorter than ${fixedBytes}`)
  const remarkLength = bytes.readInt32BE(start + 13)
  const remarkStart = start + 17
  if (remarkLength < 0 || remarkLength > end - remarkStart - 4)
    throw new ProtocolError(`remark length ${remarkLength} exceeds the header`)
  const fieldsStart = remarkStart + remarkLength + 4
  const fieldsLength = bytes.readInt32BE(fieldsStart - 4)
  if (fieldsLength < 0 || fieldsLength > end - fieldsStart)
    throw new ProtocolError(`fields length ${fieldsLength} exceeds the header`)
  return {
    code: bytes.readInt16BE(start),
    language: languages[bytes[start + 2]!],
    version: bytes.readInt16BE(start + 3),
    opaque: bytes.readInt32BE(start + 5),
    flag: bytes.readInt32BE(start + 9),
    remark: remarkLength === 0 ? undefined : bytes.toString('utf8', remarkStart, remarkStart + remarkLength),
    ext: fieldsLength === 0 ? undefined : decodeFields(bytes, fieldsStart, fieldsStart + fieldsLength),
    serialization: 'rocketmq',
  }
}

function decodeFields(bytes: Buffer, start: number, end: number): ExtFields {
  const fields: ExtFields = Object.create(null)
  let at = start
  while (at < end) {
    if (end - at < 6) throw new ProtocolError('a header field is cut off')
    const keyEnd = at + 2 + bytes.readInt16BE(at)
    if (keyEnd < at + 2 || keyEnd > end - 4) throw new ProtocolError('a header field name exceeds the header')
    const valueStart = keyEnd + 4
    const valueEnd = valueStart + bytes.readInt32BE(keyEnd)
    if (valueEnd < valueStart || valueEnd > end) throw new ProtocolError('a header field value exceeds the header')
    if (keyEnd > at + 2 && valueEnd > valueStart)
      fields[bytes.toString('utf8', at + 2, keyEnd)] = bytes.toString('utf8', valueStart, valueEnd)
    at = valueEnd
  }
  return fields
}

export function encodeRocketmqHeader(header: OutgoingHeader): Buffer {
  const bytes = Buffer.allocUnsafe(sizeBound(header))
  bytes.writeInt16BE((header.code << 16) >> 16, 0)
  bytes[2] = languages.indexOf(ownLanguage)
  bytes.writeInt16BE(protocolVersion, 3)
  bytes.writeInt32BE(header.opaque, 5)
  bytes.writeInt32BE(header.flag, 9)
  const remarkBytes = bytes.write(header.remark ?? '', 17)
  bytes.writeInt32BE(remarkBytes, 13)
  const fieldsStart = fixedBytes + remarkBytes
  let at = fieldsStart
  for (const key in header.ext) at = encodeField(bytes, at, key, header.ext[key]!)
  bytes.writeInt32BE(at - fieldsStart, fieldsStart - 4)
  return bytes.subarray(0, at)
}

/** UTF-8 takes at most three bytes for a UTF-16 unit. */
function sizeBound({ remark, ext }: OutgoingHeader): number {
  let bound = fixedBytes + 3 * (remark?.length ?? 0)
  for (const key in ext) bound += 6 + 3 * (key.length + ext[key]!.length)
  return bound
}

/** Returns the position behind the field. */
function encodeField(into: Buffer, at: number, key: string, value: string): number {
  const keyBytes = into.write(key, at + 2)
  into.writeInt16BE(keyBytes, at)
  const valueBytes = into.write(value, at + 6 + keyBytes)
  into.writeInt32BE(valueBytes, at + 2 + keyBytes)
  return at + 6 + keyBytes + valueBytes
}
