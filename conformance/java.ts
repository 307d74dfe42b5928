import { mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { CommandOptions, Processes, Running } from './processes.ts'
import { apache550, classPath, client498, type JarSet } from './reference/cache.ts'

const sources = join(import.meta.dirname, 'scenarios', 'java')
const adminSources = join(import.meta.dirname, 'admin', 'java')
const heap = '512m'
/** No program that is run to its end takes a tenth of it; one that hangs must not hold up the run for ever. */
const programTimeoutMs = 10 * 60_000

/** Java clients by the name that rows carry. */
export const javaClients: Readonly<Record<string, JarSet>> = { 'java-5.5.0': apache550, 'java-4.9.8': client498 }

/** The client that administrates: the commands of the Java mqadmin. */
export const adminClient = 'mqadmin'

/** The client that writes and reads stores, and works while brokers are killed. */
export const diskClient = 'java-5.5.0'

/** The scenario programs, compiled against one version of the client. */
export class JavaClient {
  readonly name: string
  readonly #processes: Processes
  readonly #classPath: string
  readonly #directory: string
  #runs = 0

  private constructor(name: string, processes: Processes, path: string, directory: string) {
    this.name = name
    this.#processes = processes
    this.#classPath = path
    this.#directory = directory
  }

  static async prepare(processes: Processes, name: string, directory: string): Promise<JavaClient> {
    const jars = name === adminClient ? apache550 : javaClients[name]
    if (jars === undefined) throw new Error(`there is no Java client ${name}`)
    const classes = join(directory, 'classes')
    mkdirSync(classes, { recursive: true })
    const jarPath = await classPath(processes, jars, join(directory, 'maven.out'))
    const folder = name === adminClient ? adminSources : sources
    const files = readdirSync(folder)
      .filter((file) => file.endsWith('.java'))
      .map((file) => join(folder, file))
    const options = { stderrFile: join(directory, 'javac.out') }
    await processes.run(
      'javac',
      ['--release', '11', '-nowarn', '-encoding', 'UTF-8', '-cp', jarPath, '-d', classes, ...files],
      options,
    )
    return new JavaClient(name, processes, `${jarPath}:${classes}`, directory)
  }

  /** Starts a program; its standard error, and what the client logs, land in files named after `label`. */
  start(
    program: string,
    args: readonly string[],
    label: string,
    options: Omit<CommandOptions, 'stderrFile'> = {},
  ): Running {
    // Broadcasting consumers keep their offsets below the home directory: each JVM gets a fresh one.
    const home = join(this.#directory, `${label}-${this.#runs++}`)
    mkdirSync(home, { recursive: true })
    const properties = [
      `-Xmx${heap}`,
      '-XX:+UseSerialGC',
      // These programs live for seconds: what the second compiler would gain, it takes from the broker beside it.
      '-XX:TieredStopAtLevel=1',
      `-Duser.home=${home}`,
      // Some commands of mqadmin write there what they have changed.
      `-Djava.io.tmpdir=${home}`,
      `-Drocketmq.client.logRoot=${home}`,
      '-Drocketmq.client.logLevel=WARN',
    ]
    return this.#processes.start('java', [...properties, '-cp', this.#classPath, program, ...args], {
      ...options,
      stderrFile: join(home, 'stderr.out'),
    })
  }

  /** Runs a program to its end and returns the lines it printed. */
  async lines(program: string, args: readonly string[], label: string): Promise<string[]> {
    const lines: string[] = []
    const running = this.start(program, args, label, { onLine: (line) => lines.push(line) })
    const timer = setTimeout(() => running.child.kill('SIGKILL'), programTimeoutMs)
    const code = await running.exited.finally(() => clearTimeout(timer))
    if (running.child.signalCode === 'SIGKILL')
      throw new Error(
        `${program} (${label}) was killed, or took longer than ${programTimeoutMs / 1000} s; its output is below ${this.#directory}`,
      )
    if (code !== 0) throw new Error(`${program} (${label}) ended with ${code}; its output is below ${this.#directory}`)
    return lines
  }
}
