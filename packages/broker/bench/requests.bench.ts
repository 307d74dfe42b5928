/**
 * Nanoseconds and bytes of the heap of whole requests, from the bytes that come in to the bytes that go out, in a broker with its files in memory and
 * without a socket. `node packages/broker/bench/requests.bench.ts [milliseconds per measurement]`
 */
import type { Connection, ConnectionHandler, Network } from '@cometmq/platform'
import { silentLogger } from '@cometmq/platform'
import { nodeClock } from '@cometmq/platform/node'
import { type ExtFields, emptyBody, encodeFrame } from '@cometmq/protocol'
import { storeOptions } from '@cometmq/store'
import { type MicroBenchmark, printCosts } from '@cometmq/testkit/bench'
import { MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import * as v from 'valibot'
import { Broker, brokerOptions } from '../src/index.ts'

const address = { host: '127.0.0.1', port: 10_911 }
const topic = 'BenchmarkTest'
/** Requests that come in together, as from one read of a socket. */
const perCall = 16
const messagesPerPull = 32
const bodyBytes = 1024
const codes = { send: 310, pull: 11, maxOffset: 30 } as const

/** A running broker and one connection to it. */
export interface Bench extends AsyncDisposable {
  readonly benchmarks: Map<string, MicroBenchmark>
}

export async function openBench(): Promise<Bench> {
  const network = new OneConnection()
  const files = new MemoryFileSystem({ clock: nodeClock })
  const broker = await Broker.start(
    {
      broker: v.parse(brokerOptions, { advertiseHost: address.host, configDirectory: '/store/config' }),
      store: v.parse(storeOptions, {
        storePathRootDir: '/store',
        storeHost: address,
        mappedFileSizeCommitLog: 64 * 1024 * 1024,
      }),
    },
    { clock: nodeClock, network, random: new SeededRandom(1), files, logger: silentLogger, pid: process.pid },
  )
  const send = requests(codes.send, sendFields(), Buffer.alloc(bodyBytes, 'x'))
  // The first creates the topic; pulls read these from memory.
  for (let sent = 0; sent < messagesPerPull; sent += perCall) await network.ask(send, perCall)
  const pull = requests(codes.pull, pullFields())
  const maxOffset = requests(codes.maxOffset, { topic, queueId: '0' })
  const benchmark = (bytes: Buffer) => ({ perCall, operation: () => network.ask(bytes, perCall) })
  return {
    benchmarks: new Map<string, MicroBenchmark>([
      ['GET_MAX_OFFSET: frame, router, reply', benchmark(maxOffset)],
      [`PULL_MESSAGE of ${messagesPerPull} messages of ${bodyBytes} B from memory`, benchmark(pull)],
      [`SEND_MESSAGE_V2 of ${bodyBytes} B to a log in memory`, benchmark(send)],
    ]),
    async [Symbol.asyncDispose]() {
      await broker.close()
    },
  }
}

function requests(code: number, ext: ExtFields, body: Buffer = emptyBody): Buffer {
  const frames = Array.from({ length: perCall }, (_, opaque) =>
    encodeFrame({ code, flag: 0, opaque, ext }, 'json', body),
  )
  return Buffer.concat(frames)
}

function sendFields(): ExtFields {
  const properties = 'UNIQ_KEY\u00017F0000010001010203040000000A0000\u0002WAIT\u0001true\u0002'
  const about = { a: 'bench', b: topic, c: 'TBW102', d: '4', e: '0', f: '0', g: '1795235653954', h: '0' }
  return { ...about, i: properties, j: '0', k: 'false', m: 'false', n: 'broker-a' }
}

function pullFields(): ExtFields {
  const place = { topic, queueId: '0', queueOffset: '0', maxMsgNums: String(messagesPerPull) }
  const how = { consumerGroup: 'bench', sysFlag: '4', commitOffset: '0', suspendTimeoutMillis: '0' }
  return { ...place, ...how, subscription: '*', subVersion: '0', expressionType: 'TAG' }
}

/** A network of one connection, on which the bench is the peer: bytes in by a call, bytes out counted as frames. */
class OneConnection implements Network {
  #handler: ConnectionHandler | undefined
  #waited = 0
  #resolve: () => void = () => {}
  /** What is left of the frame under way, and its length field as far as it is known. */
  #left = 0
  #head = Buffer.alloc(4)
  #headBytes = 0

  /** Hands these bytes to the broker and waits until so many frames came back. */
  ask(bytes: Buffer, frames: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waited = frames
      this.#resolve = resolve
      // The handler owns what it gets.
      this.#handler!.data(Buffer.from(bytes))
    })
  }

  async listen(listening: { host: string; port: number }, accept: (connection: Connection) => void) {
    if (listening.port === address.port) accept(this.#connection())
    return { address: listening, close: async () => this.#handler?.closed(undefined) }
  }

  connect(): Promise<Connection> {
    return Promise.reject(new Error('nobody listens'))
  }

  #connection(): Connection {
    return {
      local: address,
      remote: { host: '127.0.0.1', port: 50_000 },
      pendingBytes: 0,
      start: (handler) => {
        this.#handler = handler
      },
      write: (bytes) => this.#count(bytes),
      pause() {},
      resume() {},
      destroy() {},
      end() {},
    }
  }

  #count(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.#left > 0) {
        const taken = Math.min(this.#left, bytes.length - at)
        this.#left -= taken
        at += taken
        if (this.#left === 0 && --this.#waited === 0) this.#resolve()
        continue
      }
      this.#head[this.#headBytes++] = bytes[at++]!
      if (this.#headBytes < 4) continue
      this.#headBytes = 0
      this.#left = this.#head.readInt32BE(0)
    }
  }
}

if (import.meta.main) {
  await using bench = await openBench()
  await printCosts(bench.benchmarks, Number(process.argv[2] ?? 300))
}
