import { inflateSync, zstdDecompressSync } from 'node:zlib'
import { type StoredMessage, sysFlag } from '@cometmq/protocol/message'

/** A body larger than this when decompressed is shown as it was sent. */
const maxDecompressedBytes = 64 * 1024 * 1024

/** A body as people see it: text, or base64 where the bytes are none. */
export interface ShownBody {
  text: string
  encoding: 'utf8' | 'base64'
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

export function shownBody(message: StoredMessage): ShownBody {
  const bytes = decompressed(message)
  try {
    return { text: utf8.decode(bytes), encoding: 'utf8' }
  } catch {
    return { text: bytes.toString('base64'), encoding: 'base64' }
  }
}

/** What producers compressed. LZ4, which Node cannot read, and what turns out not to be compressed stay as they are. */
function decompressed({ body, sysFlag: flags }: StoredMessage): Buffer {
  if ((flags & sysFlag.COMPRESSED) === 0) return body
  const type = flags & sysFlag.COMPRESSION_MASK
  try {
    const options = { maxOutputLength: maxDecompressedBytes }
    if (type === sysFlag.COMPRESSION_ZSTD) return zstdDecompressSync(body, options)
    if (type === sysFlag.COMPRESSION_ZLIB || type === 0) return inflateSync(body, options)
  } catch {
    return body
  }
  return body
}
