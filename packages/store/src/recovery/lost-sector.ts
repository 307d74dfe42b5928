import type { RecordLayout } from '@cometmq/protocol/message'

/** What a disk writes in one piece. */
const sectorBytes = 512

/**
 * Whether a sector that holds a part of the record's topic or properties never reached the disk: it then reads as zeros, with good sectors before and behind it. Lengths and magic
 * cannot tell, and the checksum of a record is that of its body alone. `position` is that of the record in its file.
 */
export function lacksSector(bytes: Buffer, at: number, record: RecordLayout, position: number): boolean {
  const propertiesLengthBytes = 2
  return (
    hasEmptySector(bytes, record.topicAt, record.propertiesAt - propertiesLengthBytes, position - at) ||
    hasEmptySector(bytes, record.propertiesAt, at + record.size, position - at)
  )
}

/** `shift`: from a place in `bytes` to one in the file. */
function hasEmptySector(bytes: Buffer, from: number, to: number, shift: number): boolean {
  for (let begin = from; begin < to; ) {
    const end = Math.min(to, begin + sectorBytes - ((begin + shift) % sectorBytes))
    if (isZero(bytes, begin, end)) return true
    begin = end
  }
  return false
}

function isZero(bytes: Buffer, from: number, to: number): boolean {
  for (let at = from; at < to; at++) if (bytes[at] !== 0) return false
  return true
}
