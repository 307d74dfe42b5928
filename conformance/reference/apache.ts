import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Processes, type Running, terminate, waitForPort } from '../processes.ts'
import { assertFree, type RunningPart, type RunningServer, type ServerProgram } from '../servers.ts'
import { classPath, type JarSet } from './cache.ts'
import { waitUntilRegistered } from './registered.ts'

const startTimeoutMs = 120_000
/** A Java broker takes 10 to 15 s to stop. */
const stopPatienceMs = 120_000
const heap = { namesrv: '128m', broker: '512m', brokerOfCluster: '256m' }
/** The store reaches into the JDK. */
const opened = [
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
]

/** What a NameServer or a broker is started with. */
interface Launch {
  readonly part: 'namesrv' | 'broker'
  readonly directory: string
  readonly port: number
  readonly heap: string
  readonly isShortLived: boolean
  /** Properties of its file. */
  readonly settings: Readonly<Record<string, string | number>>
}

const mainClasses = {
  namesrv: 'org.apache.rocketmq.namesrv.NamesrvStartup',
  broker: 'org.apache.rocketmq.broker.BrokerStartup',
}

/** NameServer and broker of Apache RocketMQ, each a JVM of its own. */
export function apacheProgram(processes: Processes, jars: JarSet): ServerProgram {
  const launch = (what: Launch) => launched(processes, jars, what)
  return {
    kind: 'apache',
    async start({ directory, namesrvPort, brokerPort, advertise = '127.0.0.1', isShortLived = false, properties }) {
      await assertFree([namesrvPort, ...portsOfBroker(brokerPort)])
      const kvConfigPath = join(directory, 'store', 'kvConfig.json')
      const namesrv = `127.0.0.1:${namesrvPort}`
      const started = Date.now()
      const programs: Running[] = []
      try {
        const common = { directory, isShortLived }
        programs.push(
          await launch({
            ...common,
            part: 'namesrv',
            port: namesrvPort,
            heap: heap.namesrv,
            settings: { kvConfigPath },
          }),
        )
        const settings = brokerSettings(directory, 'broker-a', { namesrv, advertise, properties })
        programs.push(await launch({ ...common, part: 'broker', port: brokerPort, heap: heap.broker, settings }))
        await waitUntilRegistered(namesrvPort, startTimeoutMs)
        return running(programs[0]!, programs[1]!, namesrv, Date.now() - started)
      } catch (failure) {
        // What did not come up in time must not hold the ports of the next try.
        await Promise.all(programs.map(kill))
        throw failure
      }
    },
    async startNameServer({ directory, port, properties }) {
      await assertFree([port])
      const settings = { kvConfigPath: join(directory, 'kvConfig.json'), ...properties }
      const what = { directory, port, heap: heap.namesrv, isShortLived: true, settings }
      return partOf(await launch({ part: 'namesrv', ...what }))
    },
    async startBroker({ directory, name, port, namesrv, properties }) {
      await assertFree(portsOfBroker(port))
      const settings = brokerSettings(directory, name, { namesrv, advertise: '127.0.0.1', properties })
      const what = { directory, port, heap: heap.brokerOfCluster, isShortLived: true, settings }
      return partOf(await launch({ part: 'broker', ...what }))
    },
  }
}

/** Its own, that of the fast lane, and that of replication. */
function portsOfBroker(port: number): readonly number[] {
  return [port, port - 2, port + 1]
}

/** Starts a JVM and waits until it listens; one that does not in time is killed. */
async function launched(processes: Processes, jars: JarSet, what: Launch): Promise<Running> {
  const { part, directory, port, settings } = what
  for (const folder of ['conf', 'logs', 'store']) mkdirSync(join(directory, folder), { recursive: true })
  const jvm = await javaArguments(processes, jars, what)
  const file = join(directory, 'conf', `${part}.conf`)
  writeProperties(file, { listenPort: port, rocketmqHome: directory, ...settings })
  writeAppenders(directory)
  const log = join(directory, 'logs', `${part}.out`)
  const env = { ...process.env, ROCKETMQ_HOME: directory }
  const program = processes.start('java', [...jvm, mainClasses[part], '-c', file], { stderrFile: log, env })
  try {
    await waitForPort(port, program, startTimeoutMs, log)
    return program
  } catch (failure) {
    await kill(program)
    throw failure
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

function partOf(program: Running): RunningPart {
  return { kill: () => kill(program) }
}

async function kill(program: Running): Promise<void> {
  program.child.kill('SIGKILL')
  await program.exited
}

async function javaArguments(
  processes: Processes,
  jars: JarSet,
  { directory, heap, isShortLived }: Launch,
): Promise<string[]> {
  const jarPath = await classPath(processes, jars, join(directory, 'logs', 'maven.out'))
  const properties = [`-Duser.home=${directory}`, `-Drocketmq.home.dir=${directory}`]
  const compiler = isShortLived ? ['-XX:TieredStopAtLevel=1'] : []
  return [`-Xms${heap}`, `-Xmx${heap}`, '-XX:+UseG1GC', ...compiler, ...properties, ...opened, '-cp', jarPath]
}

interface BrokerPlace {
  readonly namesrv: string
  readonly advertise: string
  readonly properties: Readonly<Record<string, string>>
}

function brokerSettings(directory: string, brokerName: string, { namesrv, advertise, properties }: BrokerPlace) {
  const store = join(directory, 'store')
  return {
    brokerClusterName: 'DefaultCluster',
    brokerName,
    brokerId: 0,
    brokerIP1: advertise,
    namesrvAddr: namesrv,
    storePathRootDir: store,
    storePathCommitLog: join(store, 'commitlog'),
    autoCreateTopicEnable: 'true',
    brokerRole: 'ASYNC_MASTER',
    ...properties,
  }
}

function writeProperties(file: string, values: Readonly<Record<string, string | number>>): void {
  writeFileSync(
    file,
    Object.entries(values)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  )
}

/** Release 4 refuses to start without these files. */
function writeAppenders(directory: string): void {
  const appender =
    '<appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %c{0} %m%n</pattern></encoder></appender>'
  for (const part of ['namesrv', 'broker', 'tools']) {
    writeFileSync(
      join(directory, 'conf', `logback_${part}.xml`),
      `<configuration>${appender}<root level="WARN"><appender-ref ref="out"/></root></configuration>`,
    )
  }
}
