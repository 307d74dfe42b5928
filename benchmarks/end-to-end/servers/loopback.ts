import { fileURLToPath } from 'node:url'
import type { RunningServer, ServerKind } from './server.ts'
import { ServerProcess } from './server-process.ts'

const host = '127.0.0.1'
const brokerPort = 41_921

/**
 * A process that acknowledges every send and does nothing with it. It stores nothing and answers no pull: it is the
 * physical limit of frames over loopback in Node, and shows what the generator can do.
 */
export const loopback: ServerKind = {
  name: 'loopback',
  protocol: 'rocketmq',
  ports: [brokerPort],
  cannot: (workload) => {
    const { kind, name } = workload
    const isPlainSend = kind === 'send' && !/^java-|-q/.test(name) && workload.special === undefined
    return isPlainSend || kind === 'start-up' || kind === 'limits' ? undefined : 'it stores nothing'
  },
  async missing() {
    return undefined
  },
  async prepare() {},
  async versions() {
    return { 'node (loopback)': process.version }
  },
  start({ portOffset }) {
    const port = brokerPort + portOffset
    const main = fileURLToPath(new URL('loopback/main.ts', import.meta.url))
    const child = new ServerProcess('the loopback server', process.execPath, [main, String(port)], {})
    const running: RunningServer = {
      host,
      brokerPort: port,
      startedAtMs: performance.now(),
      ready: child.whenSays(/\bready\b/, 10_000),
      settings: ['acknowledges sends without storing them'],
      pids: () => child.pids(),
      stop: () => child.stop(),
      kill: () => child.kill(),
    }
    return running
  },
}
