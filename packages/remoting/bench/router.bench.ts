/**
 * Nanoseconds and bytes of the heap from the frame of a request to the reply of its processor. `node packages/remoting/bench/router.bench.ts
 * [milliseconds per measurement]`
 */
import { silentLogger } from '@cometmq/platform'
import { decodeFrame, emptyBody, encodeFrame } from '@cometmq/protocol'
import { getMaxOffset } from '@cometmq/protocol/commands'
import { handle, Lane, type Peer, type Reply, Router } from '@cometmq/remoting'
import { type MicroBenchmark, printCosts } from '@cometmq/testkit/bench'
import { FrameReader } from '../src/frame-reader.ts'

const framesPerChunk = 16
/** No processor here looks at who asks. */
const peer = { name: '10.0.0.2:50000' } as Peer

export function benchmarks(): Map<string, MicroBenchmark> {
  const now = handle(getMaxOffset, () => () => ({ fields: { offset: 7 } }))
  const later = handle(getMaxOffset, () => async () => ({ fields: { offset: 7 } }))
  const routerOf = (processor: ReturnType<typeof now>) =>
    new Router([{ processor, lane: new Lane('bench', 1_000) }], silentLogger)
  const header = { code: getMaxOffset.code, flag: 0, opaque: 7, ext: { topic: 'BenchmarkTest', queueId: '3' } }
  const bytes = encodeFrame(header, 'json', emptyBody)
  const frame = decodeFrame(bytes, 0, bytes.length)
  const [direct, awaited] = [routerOf(now({})), routerOf(later({}))]
  let last: Reply | undefined
  const keep = (reply: Reply) => {
    last = reply
  }
  const unknown = { ...frame, code: 32_000 }
  const chunk = Buffer.concat(Array.from({ length: framesPerChunk }, () => bytes))
  const found = new Map<string, MicroBenchmark>()
  found.set('route a request that is answered at once', {
    operation: () => {
      direct.route(frame, peer, keep)
      return last
    },
  })
  found.set('route a request that is answered by a promise', {
    operation: () => new Promise<Reply>((resolve) => awaited.route(frame, peer, resolve)),
  })
  found.set('route an unknown code', {
    operation: () => {
      direct.route(unknown, peer, keep)
      return last
    },
  })
  found.set('cut and decode a small frame, json', {
    perCall: framesPerChunk,
    operation: () => {
      let count = 0
      const reader = new FrameReader((from, start, end) => {
        count += decodeFrame(from, start, end).opaque
      })
      reader.push(chunk)
      return count
    },
  })
  return found
}

if (import.meta.main) await printCosts(benchmarks(), Number(process.argv[2] ?? 300))
