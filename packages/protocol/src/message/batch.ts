import { assert } from '@cometmq/platform'
import { ProtocolError } from '../error.ts'
import { readInt16, readInt32, writeInt16, writeInt32 } from './int64.ts'
import { maxPropertiesBytes } from './record.ts'

/**
 * One message of the body of SEND_BATCH_MESSAGE, all integers big-endian:
 *
 * | offset | size | field |
 * |---|---|---|
 * | 0 | 4 | total size |
 * | 4 | 4 | magic, 0; not looked at |
 * | 8 | 4 | CRC, 0; not looked at |
 * | 12 | 4 | flag |
 * | 16 | 4 | body length |
 * | 20 | n | body |
 * | 20 + n | 2 | properties length |
 * | 22 + n | p | properties, UTF-8 |
 */
export interface BatchItem {
  flag: number
  properties: string
  body: Buffer
}

const fixedBytes = 22
/** Messages of one batch. 4 MiB, the largest batch of the default configuration, holds fewer of any size that clients can send. */
export const maxBatchItems = 65_536

/** The messages of a batch; their bodies are views of `bytes`. Throws `ProtocolError`. */
export function decodeBatch(bytes: Buffer): BatchItem[] {
  const items: BatchItem[] = []
  for (let at = 0; at < bytes.length; ) {
    if (items.length === maxBatchItems) throw new ProtocolError(`a batch of more than ${maxBatchItems} messages`)
    const size = bytes.length - at < fixedBytes ? 0 : readInt32(bytes, at)
    if (size < fixedBytes || size > bytes.length - at) throw malformed(items.length, at, 'its size exceeds the batch')
    const bodyBytes = readInt32(bytes, at + 16)
    const bodyEnd = at + 20 + bodyBytes
    if (bodyBytes < 0 || bodyEnd > at + size - 2) throw malformed(items.length, at, `its body length is ${bodyBytes}`)
    const propertiesBytes = readInt16(bytes, bodyEnd)
    if (bodyEnd + 2 + propertiesBytes !== at + size)
      throw malformed(items.length, at, 'its parts do not make up its size')
    items.push({
      flag: readInt32(bytes, at + 12),
      properties: bytes.toString('utf8', bodyEnd + 2, at + size),
      body: bytes.subarray(at + 20, bodyEnd),
    })
    at += size
  }
  return items
}

function malformed(index: number, at: number, flaw: string): ProtocolError {
  return new ProtocolError(`message ${index} of the batch, at byte ${at}, cannot be read: ${flaw}`)
}

export function encodeBatch(items: readonly BatchItem[]): Buffer {
  assert(items.length <= maxBatchItems, `a batch of ${items.length} messages`)
  const sizes = items.map(({ properties, body }) => fixedBytes + body.length + Buffer.byteLength(properties))
  const bytes = Buffer.alloc(sizes.reduce((total, size) => total + size, 0))
  let at = 0
  for (const [i, { flag, properties, body }] of items.entries()) {
    const size = sizes[i]!
    const propertiesBytes = size - fixedBytes - body.length
    assert(propertiesBytes <= maxPropertiesBytes, `properties of ${propertiesBytes} bytes do not fit a batch`)
    writeInt32(bytes, at, size)
    writeInt32(bytes, at + 12, flag)
    writeInt32(bytes, at + 16, body.length)
    bytes.set(body, at + 20)
    writeInt16(bytes, at + 20 + body.length, propertiesBytes)
    bytes.write(properties, at + fixedBytes + body.length)
    at += size
  }
  return bytes
}
