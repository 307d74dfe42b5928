import { writeFileSync } from 'node:fs'
import { isOfRocketmq, type Workload } from '../workloads.ts'
import { firstLineOf } from './apache-libraries.ts'
import type { RunningServer, ServerKind, StartOptions } from './server.ts'
import { ServerProcess } from './server-process.ts'

const host = '127.0.0.1'
const port = 46_379
/** A busy machine, or a large store to recover, takes its time. */
const readyWithinMs = 600_000
const command = 'redis-server'

/** Redis Streams with the append-only file, as the system's package manager installs it. */
export const redis: ServerKind = {
  name: 'redis',
  protocol: 'redis',
  ports: [port],
  cannot: whyNot,
  async missing() {
    return (await firstLineOf(command, ['--version'])) === '' ? `${command} is not installed` : undefined
  },
  async prepare() {},
  async versions() {
    return { Redis: await firstLineOf(command, ['--version']) }
  },
  start(options) {
    return startRedis(options)
  },
}

function whyNot(workload: Workload): string | undefined {
  if (workload.kind === 'start-up' || workload.kind === 'limits') return undefined
  return workload.kind === 'send' && !isOfRocketmq(workload) ? undefined : 'only its sends are measured'
}

function startRedis({ directory, flush, portOffset }: StartOptions): RunningServer {
  // There is nothing between every second and always.
  const settings = ['appendonly yes', `appendfsync ${flush === 'sync' ? 'always' : 'everysec'}`, 'save ""']
  const lines = [`bind ${host}`, `port ${port + portOffset}`, `dir ${directory}`, 'daemonize no', ...settings]
  writeFileSync(`${directory}/redis.conf`, `${lines.join('\n')}\n`)
  const child = new ServerProcess('Redis', command, [`${directory}/redis.conf`], {})
  return {
    host,
    brokerPort: port + portOffset,
    startedAtMs: performance.now(),
    ready: child.whenSays(/Ready to accept connections/, readyWithinMs),
    settings: ['a stream for each queue, trimmed to about 100 000 entries (they are kept in memory)', ...settings],
    pids: () => child.pids(),
    stop: () => child.stop(),
    kill: () => child.kill(),
  }
}
