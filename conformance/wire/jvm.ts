import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const START_LIMIT_MS = 180_000
const POLL_MS = 100
const STOP_LIMIT_MS = 20_000

/** 5.x needs these to reach direct buffers. */
const OPEN_MODULES = [
  '--add-exports=java.base/jdk.internal.ref=ALL-UNNAMED',
  '--add-exports=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.nio=ALL-UNNAMED',
  '--add-opens=java.base/sun.nio.ch=ALL-UNNAMED',
  '--add-opens=java.base/java.lang=ALL-UNNAMED',
]

export type JavaProcess = {
  /** Resolves when it has exited. */
  readonly ended: Promise<unknown>
  says(word: string): Promise<void>
  kill(): void
  stop(): Promise<void>
}

/** The drivers are written against 4.9; 5.x moved the protocol classes to another package. Answers the class path. */
export function compile(here: string, jars: string, out: string, sources: string[]): string {
  const isNew = execFileSync('sh', ['-c', `ls "${jars}"`])
    .toString()
    .includes('rocketmq-remoting-5')
  rmSync(out, { recursive: true, force: true })
  mkdirSync(join(out, 'src'), { recursive: true })
  for (const source of sources) {
    const text = readFileSync(join(here, 'java', source), 'utf8')
    const adapted = isNew ? text.replaceAll('rocketmq.common.protocol.', 'rocketmq.remoting.protocol.') : text
    writeFileSync(join(out, 'src', source), adapted)
  }
  const files = sources.map((source) => join(out, 'src', source))
  execFileSync('javac', ['-nowarn', '-cp', `${jars}/*`, '-d', out, ...files], {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  return `${out}:${jars}/*`
}

/** Its output lies in <home>/<name>.log. */
export function jvm(
  classPath: string,
  home: string,
  name: string,
  options: string[],
  main: string,
  args: string[],
): JavaProcess {
  const log = join(home, `${name}.log`)
  const fd = openSync(log, 'w')
  const properties = [`-Drocketmq.home.dir=${home}`, `-Duser.home=${home}`, `-Drocketmq.client.logRoot=${home}/logs`]
  const child = spawn('java', [...OPEN_MODULES, ...properties, ...options, '-cp', classPath, main, ...args], {
    stdio: ['ignore', fd, fd],
    env: { ...process.env, ROCKETMQ_HOME: home },
  })
  const ended = once(child, 'exit')
  return {
    ended,
    says: async (word) => {
      for (const start = Date.now(); !readFileSync(log, 'utf8').includes(word); await delay(POLL_MS)) {
        if (child.exitCode !== null || Date.now() - start > START_LIMIT_MS)
          throw new Error(`${name} failed: see ${log}`)
      }
    },
    kill: () => child.kill('SIGKILL'),
    stop: () => stop(child, ended),
  }
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  child.kill('SIGTERM')
  const limit = setTimeout(() => child.kill('SIGKILL'), STOP_LIMIT_MS)
  await ended
  clearTimeout(limit)
}

export async function waitForPort(port: number): Promise<void> {
  for (const start = Date.now(); ; await delay(POLL_MS)) {
    const socket = connect(port, '127.0.0.1')
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true))
      socket.once('error', () => resolve(false))
    })
    socket.destroy()
    if (open) return
    if (Date.now() - start > START_LIMIT_MS) throw new Error(`nothing listens on ${port}`)
  }
}
