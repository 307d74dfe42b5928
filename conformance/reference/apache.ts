import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Processes, type Running, terminate, waitForPort } from '../processes.ts'
import { assertFree, type RunningServer, type ServerOptions, type ServerProgram } from '../servers.ts'
import { classPath, type JarSet } from './cache.ts'
import { waitUntilRegistered } from './registered.ts'

const startTimeoutMs = 120_000
/** A Java broker takes 10 to 15 s to stop. */
const stopPatienceMs = 60_000
const heap = { namesrv: '128m', broker: '512m' }
/** The store reaches into the JDK. */
const opened = [
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
]

/** NameServer and broker of Apache RocketMQ, each a JVM of its own. */
export function apacheProgram(processes: Processes, jars: JarSet): ServerProgram {
  return {
    kind: 'apache',
    async start(options) {
      const { directory, namesrvPort, brokerPort } = options
      await assertFree([namesrvPort, brokerPort, brokerPort - 2, brokerPort + 1])
      for (const folder of ['conf', 'logs', 'store']) mkdirSync(join(directory, folder), { recursive: true })
      const jvm = await javaCommand(processes, jars, directory)
      writeConfiguration(options)
      const started = Date.now()
      const namesrvLog = join(directory, 'logs', 'namesrv.out')
      const namesrv = processes.start(
        'java',
        [
          ...jvm(heap.namesrv),
          'org.apache.rocketmq.namesrv.NamesrvStartup',
          '-c',
          join(directory, 'conf', 'namesrv.conf'),
        ],
        { stderrFile: namesrvLog, env: { ...process.env, ROCKETMQ_HOME: directory } },
      )
      await waitForPort(namesrvPort, namesrv, startTimeoutMs, namesrvLog)
      const brokerLog = join(directory, 'logs', 'broker.out')
      const broker = processes.start(
        'java',
        [...jvm(heap.broker), 'org.apache.rocketmq.broker.BrokerStartup', '-c', join(directory, 'conf', 'broker.conf')],
        { stderrFile: brokerLog, env: { ...process.env, ROCKETMQ_HOME: directory } },
      )
      await waitForPort(brokerPort, broker, startTimeoutMs, brokerLog)
      await waitUntilRegistered(namesrvPort, startTimeoutMs)
      return running(namesrv, broker, `127.0.0.1:${namesrvPort}`, Date.now() - started)
    },
  }
}

function running(namesrv: Running, broker: Running, address: string, startupMs: number): RunningServer {
  return {
    namesrv: address,
    startupMs,
    async stop() {
      await terminate(broker, stopPatienceMs)
      await terminate(namesrv, stopPatienceMs)
    },
    async kill() {
      broker.child.kill('SIGKILL')
      await broker.exited
      namesrv.child.kill('SIGKILL')
      await namesrv.exited
    },
  }
}

async function javaCommand(processes: Processes, jars: JarSet, directory: string): Promise<(heap: string) => string[]> {
  const jarPath = await classPath(processes, jars, join(directory, 'logs', 'maven.out'))
  const properties = [`-Duser.home=${directory}`, `-Drocketmq.home.dir=${directory}`]
  return (size) => [`-Xms${size}`, `-Xmx${size}`, '-XX:+UseG1GC', ...properties, ...opened, '-cp', jarPath]
}

function writeConfiguration({ directory, namesrvPort, brokerPort, properties }: ServerOptions): void {
  const lines = (values: Record<string, string | number>) =>
    `${Object.entries(values)
      .map(([name, value]) => `${name}=${value}`)
      .join('\n')}\n`
  const store = join(directory, 'store')
  writeFileSync(
    join(directory, 'conf', 'namesrv.conf'),
    lines({ listenPort: namesrvPort, rocketmqHome: directory, kvConfigPath: join(store, 'kvConfig.json') }),
  )
  writeFileSync(
    join(directory, 'conf', 'broker.conf'),
    lines({
      brokerClusterName: 'DefaultCluster',
      brokerName: 'broker-a',
      brokerId: 0,
      brokerIP1: '127.0.0.1',
      listenPort: brokerPort,
      namesrvAddr: `127.0.0.1:${namesrvPort}`,
      storePathRootDir: store,
      storePathCommitLog: join(store, 'commitlog'),
      autoCreateTopicEnable: 'true',
      brokerRole: 'ASYNC_MASTER',
      rocketmqHome: directory,
      ...properties,
    }),
  )
  // Release 4 refuses to start without these files.
  const appender =
    '<appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %c{0} %m%n</pattern></encoder></appender>'
  for (const part of ['namesrv', 'broker', 'tools']) {
    writeFileSync(
      join(directory, 'conf', `logback_${part}.xml`),
      `<configuration>${appender}<root level="WARN"><appender-ref ref="out"/></root></configuration>`,
    )
  }
}
