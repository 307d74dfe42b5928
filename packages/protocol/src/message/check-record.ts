import { crc32Of } from './crc.ts'
import { readInt32, writeInt32 } from './int64.ts'
import { blankMagic, minBlankBytes, type RecordLayout, recordLayout } from './record.ts'

/** What is found at a place of the log. */
export type RecordCheck =
  | RecordLayout
  /** The rest of the file is unused; `size` counts from the blank's first byte and may reach beyond `end`. */
  | { kind: 'blank'; size: number }
  | { kind: 'bad'; reason: string }

/**
 * Checks what stands at `at`, for recovery and dispatch: lengths, magic and, with `checkCrc`, the body. Never throws. The offsets in the record
 * are not compared with anything; the caller knows what they ought to be.
 */
export function checkRecord(bytes: Buffer, at: number, end: number, { checkCrc }: { checkCrc: boolean }): RecordCheck {
  if (end - at < minBlankBytes)
    return { kind: 'bad', reason: `${Math.max(0, end - at)} bytes are fewer than a record has` }
  if (readInt32(bytes, at + 4) === blankMagic) return checkBlank(bytes, at)
  const layout = recordLayout(bytes, at, end)
  if (typeof layout === 'string') return { kind: 'bad', reason: layout }
  const { bodyAt, bodyBytes } = layout
  if (checkCrc && bodyBytes > 0) {
    const found = crc32Of(bytes.subarray(bodyAt, bodyAt + bodyBytes))
    const stored = readInt32(bytes, at + 8)
    if (found !== stored) return { kind: 'bad', reason: `the CRC of its body is ${found}, not ${stored}` }
  }
  return layout
}

function checkBlank(bytes: Buffer, at: number): RecordCheck {
  const size = readInt32(bytes, at)
  if (size < minBlankBytes) return { kind: 'bad', reason: `the size of the blank is ${size}` }
  return { kind: 'blank', size }
}

/** Marks the `size` bytes from `at` on, the rest of a file, as unused. Only the first 8 of them are written. */
export function encodeBlank(into: Buffer, at: number, size: number): void {
  writeInt32(into, at, size)
  writeInt32(into, at + 4, blankMagic)
}

/** Topic and properties of a checked record. */
export function readTopic(bytes: Buffer, { topicAt, propertiesAt }: RecordLayout): string {
  return bytes.toString('utf8', topicAt, propertiesAt - 2)
}

export function readProperties(bytes: Buffer, at: number, { propertiesAt, size }: RecordLayout): string {
  return bytes.toString('utf8', propertiesAt, at + size)
}
