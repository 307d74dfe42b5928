import { createServer, type Server } from 'node:net'
import { firstOpaque, patchOpaque } from '../../generator/rocketmq/frame-template.ts'
import { ReplyScanner } from '../../generator/rocketmq/reply-scanner.ts'

/** A server that answers request frames with one code, or with several in turn, all replies of a read in one write. */
export function acknowledgingServer(...codes: readonly number[]): Server {
  const replyFrames = (codes.length === 0 ? [0] : codes).map(replyFrame)
  const replyBytes = replyFrames[0]!.length
  if (replyFrames.some(({ length }) => length !== replyBytes)) throw new RangeError('codes of as many digits each')
  const opaqueAt = replyFrames[0]!.indexOf(String(firstOpaque))
  let answered = 0
  return createServer((socket) => {
    const scanner = new ReplyScanner()
    let rest: Buffer = Buffer.alloc(0)
    socket.setNoDelay(true)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      const bytes = rest.length === 0 ? chunk : Buffer.concat([rest, chunk])
      const opaques: number[] = []
      let at = 0
      while (bytes.length - at >= 4 && bytes.length - at >= bytes.readInt32BE(at) + 4) {
        const end = at + bytes.readInt32BE(at) + 4
        scanner.scan(bytes, at, end)
        opaques.push(scanner.opaque)
        at = end
      }
      rest = Buffer.from(bytes.subarray(at))
      const replies = Buffer.allocUnsafe(opaques.length * replyBytes)
      for (const [index, opaque] of opaques.entries()) {
        replies.set(replyFrames[answered++ % replyFrames.length]!, index * replyBytes)
        patchOpaque(replies, index * replyBytes + opaqueAt, opaque)
      }
      socket.write(replies)
    })
  })
}

function replyFrame(code: number): Buffer {
  const extFields = {
    queueId: '0',
    TRACE_ON: 'true',
    MSG_REGION: 'DefaultRegion',
    msgId: '7F00000100002A9F00000000000003E8',
    queueOffset: '0',
  }
  const members = { code, extFields, flag: 1, language: 'JAVA', opaque: firstOpaque }
  const header = Buffer.from(JSON.stringify({ ...members, serializeTypeCurrentRPC: 'JSON', version: 513 }))
  const prefix = Buffer.alloc(8)
  prefix.writeInt32BE(4 + header.length, 0)
  prefix.writeInt32BE(header.length, 4)
  return Buffer.concat([prefix, header])
}
