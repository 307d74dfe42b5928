import { ProtocolError } from '../error.ts'
import type { Frame, Serialization } from './header.ts'
import { decodeJsonHeader, encodeJsonHeader, type OutgoingHeader } from './json-header.ts'
import { framePrefixBytes, maxFrameBytes, maxHeaderBytes } from './limits.ts'
import { decodeRocketmqHeader, encodeRocketmqHeader } from './rocketmq-header.ts'

/**
 * A frame, all integers big-endian:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 4 | total: everything after this field |
 * | 4 | 1 | serialization: 0 JSON, 1 ROCKETMQ |
 * | 5 | 3 | header length |
 * | 8 | | header |
 * | 8 + header length | | body |
 */
const serializationJson = 0
const serializationRocketmq = 1

/**
 * The size of the frame at `start`, its length field included; `undefined` while fewer than 4 bytes are there.
 * Throws `ProtocolError` for a size that no frame can have, before anybody allocates for it.
 */
export function frameSizeAt(bytes: Buffer, start: number, end: number): number | undefined {
  if (end - start < 4) return undefined
  const total = bytes.readInt32BE(start)
  if (total < 4 || total > maxFrameBytes - 4) {
    throw new ProtocolError(
      `frame length ${total} is outside 4 … ${maxFrameBytes - 4} (the limit of a frame is ${maxFrameBytes} bytes)`,
    )
  }
  return total + 4
}

/** Decodes the frame that fills `start … end`. The body is a view of `bytes`. Throws `ProtocolError`. */
export function decodeFrame(bytes: Buffer, start: number, end: number): Frame {
  const headerStart = start + framePrefixBytes
  const headerEnd = headerStart + (bytes.readInt32BE(start + 4) & 0xff_ff_ff)
  if (headerEnd > end) throw new ProtocolError(`header length ${headerEnd - headerStart} exceeds the frame`)
  if (headerEnd - headerStart > maxHeaderBytes)
    throw new ProtocolError(`a header of ${headerEnd - headerStart} bytes exceeds the limit of ${maxHeaderBytes}`)
  const header = decodeHeader(bytes[start + 4]!, bytes, headerStart, headerEnd) as Frame
  header.body = bytes.subarray(headerEnd, end)
  return header
}

function decodeHeader(serialization: number, bytes: Buffer, start: number, end: number) {
  if (serialization === serializationJson) return decodeJsonHeader(bytes, start, end)
  if (serialization === serializationRocketmq) return decodeRocketmqHeader(bytes, start, end)
  throw new ProtocolError(`unknown header serialization ${serialization}`)
}

/** The largest code that the binary header can carry; larger ones always travel with a JSON header. */
const maxRocketmqCode = 32_767

/** The header as it travels: text for JSON, bytes for ROCKETMQ. */
export function encodeHeader(header: OutgoingHeader, serialization: Serialization): string | Buffer {
  return serialization === 'json' || header.code > maxRocketmqCode
    ? encodeJsonHeader(header)
    : encodeRocketmqHeader(header)
}

/** The most bytes that the frame can take, found without encoding the text. */
export function frameSizeBound(header: string | Buffer, bodyBytes: number): number {
  return framePrefixBytes + (typeof header === 'string' ? 3 * header.length : header.length) + bodyBytes
}

/**
 * Writes prefix and header at `at` for a body of `bodyBytes` that the caller writes behind them, and returns the position behind the header.
 * The buffer has room: see `frameSizeBound`.
 */
export function encodeFrameHead(into: Buffer, at: number, header: string | Buffer, bodyBytes: number): number {
  const headerStart = at + framePrefixBytes
  const isText = typeof header === 'string'
  const headerBytes = isText ? into.write(header, headerStart) : header.copy(into, headerStart)
  into.writeInt32BE(4 + headerBytes + bodyBytes, at)
  into.writeInt32BE((isText ? 0 : serializationRocketmq << 24) | headerBytes, at + 4)
  return headerStart + headerBytes
}

/** A whole frame in a buffer of its own. */
export function encodeFrame(header: OutgoingHeader, serialization: Serialization, body: Buffer = emptyBody): Buffer {
  const encoded = encodeHeader(header, serialization)
  const bytes = Buffer.allocUnsafe(frameSizeBound(encoded, body.length))
  const bodyStart = encodeFrameHead(bytes, 0, encoded, body.length)
  body.copy(bytes, bodyStart)
  return bytes.subarray(0, bodyStart + body.length)
}

export const emptyBody: Buffer = Buffer.alloc(0)
