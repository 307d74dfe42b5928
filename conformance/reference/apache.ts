import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Processes, type Running, terminate, waitForPort } from '../processes.ts'
import { assertFree, type RunningServer, type ServerOptions, type ServerProgram } from '../servers.ts'
import { classPath, type JarSet } from './cache.ts'
import { waitUntilRegistered } from './registered.ts'

const startTimeoutMs = 120_000
/** A Java broker takes 10 to 15 s to stop. */
const stopPatienceMs = 120_000
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
      const jvm = await javaCommand(processes, jars, options)
      writeConfiguration(options)
      const started = Date.now()
      const programs: Running[] = []
      const launch = async (part: 'namesrv' | 'broker', main: string, port: number) => {
        const log = join(directory, 'logs', `${part}.out`)
        const args = [...jvm(heap[part]), main, '-c', join(directory, 'conf', `${part}.conf`)]
        const env = { ...process.env, ROCKETMQ_HOME: directory }
        const program = processes.start('java', args, { stderrFile: log, env })
        programs.push(program)
        await waitForPort(port, program, startTimeoutMs, log)
        return program
      }
      try {
        const namesrv = await launch('namesrv', 'org.apache.rocketmq.namesrv.NamesrvStartup', namesrvPort)
        const broker = await launch('broker', 'org.apache.rocketmq.broker.BrokerStartup', brokerPort)
        await waitUntilRegistered(namesrvPort, startTimeoutMs)
        return running(namesrv, broker, `127.0.0.1:${namesrvPort}`, Date.now() - started)
      } catch (failure) {
        // What did not come up in time must not hold the ports of the next try.
        await Promise.all(programs.map(kill))
        throw failure
      }
    },
  }
}

function running(namesrv: Running, broker: Running, address: string, startupMs: number): RunningServer {
  return {
    namesrv: address,
    startupMs,
    async stop() {
      await terminate(broker, stopPatienceMs)
      // It keeps nothing that is not on disk already.
      await kill(namesrv)
    },
    async kill() {
      await kill(broker)
      await kill(namesrv)
    },
  }
}

async function kill(program: Running): Promise<void> {
  program.child.kill('SIGKILL')
  await program.exited
}

async function javaCommand(
  processes: Processes,
  jars: JarSet,
  { directory, isShortLived = false }: ServerOptions,
): Promise<(heap: string) => string[]> {
  const jarPath = await classPath(processes, jars, join(directory, 'logs', 'maven.out'))
  const properties = [`-Duser.home=${directory}`, `-Drocketmq.home.dir=${directory}`]
  const compiler = isShortLived ? ['-XX:TieredStopAtLevel=1'] : []
  return (size) => [`-Xms${size}`, `-Xmx${size}`, '-XX:+UseG1GC', ...compiler, ...properties, ...opened, '-cp', jarPath]
}

function writeConfiguration({ directory, namesrvPort, brokerPort, advertise, properties }: ServerOptions): void {
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
      brokerIP1: advertise ?? '127.0.0.1',
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
