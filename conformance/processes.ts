import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'

export interface CommandOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** File that standard error goes to. */
  stderrFile: string
  /** Is given each line of standard output. */
  onLine?: (line: string) => void
  /** Standard input stays open until the caller ends it. */
  keepInput?: boolean
}

export interface Running {
  readonly child: ChildProcess
  /** Settles with the exit code, or -1 when a signal ended it. */
  readonly exited: Promise<number>
}

/** Every process the rig has started. None survives it: `killAll` runs on exit and on the signals that end a rig early. */
export class Processes {
  readonly #running = new Set<ChildProcess>()

  constructor() {
    process.on('exit', () => this.killAll())
    for (const [signal, code] of [
      ['SIGINT', 130],
      ['SIGTERM', 143],
      ['SIGHUP', 129],
    ] as const) {
      process.on(signal, () => process.exit(code))
    }
  }

  start(command: string, args: readonly string[], options: CommandOptions): Running {
    const stderr = openSync(options.stderrFile, 'a')
    const stdout = options.onLine === undefined ? stderr : 'pipe'
    const spawnOptions: SpawnOptions = { stdio: [options.keepInput ? 'pipe' : 'ignore', stdout, stderr] }
    if (options.cwd !== undefined) spawnOptions.cwd = options.cwd
    if (options.env !== undefined) spawnOptions.env = options.env
    const child = spawn(command, args, spawnOptions)
    closeSync(stderr)
    this.#running.add(child)
    const linesEnd = options.onLine && child.stdout ? eachLine(child.stdout, options.onLine) : Promise.resolve()
    const exited = new Promise<number>((resolve, reject) => {
      child.once('error', reject)
      child.once('exit', (code) => {
        this.#running.delete(child)
        linesEnd.then(() => resolve(code ?? -1), reject)
      })
    })
    // A caller may look at the outcome much later; until then a failure is not an unhandled one.
    exited.catch(() => {})
    return { child, exited }
  }

  /** Runs to its end; anything but exit code 0 is an error that names the file with the details. */
  async run(command: string, args: readonly string[], options: CommandOptions): Promise<void> {
    const code = await this.start(command, args, options).exited
    if (code !== 0)
      throw new Error(`${command} ${args.slice(0, 3).join(' ')} … ended with ${code}; see ${options.stderrFile}`)
  }

  killAll(): void {
    for (const child of this.#running) child.kill('SIGKILL')
  }
}

async function eachLine(input: NodeJS.ReadableStream, onLine: (line: string) => void): Promise<void> {
  for await (const line of createInterface({ input })) onLine(line)
}

/** Asks a process to end. One that has not done so after a while is killed, which is an error: what it leaves is not what a clean stop leaves. */
export async function terminate(running: Running, patienceMs: number): Promise<void> {
  if (running.child.exitCode !== null || running.child.signalCode !== null) return
  running.child.kill('SIGTERM')
  const insist = setTimeout(() => running.child.kill('SIGKILL'), patienceMs)
  await running.exited.finally(() => clearTimeout(insist))
  if (running.child.signalCode === 'SIGKILL')
    throw new Error(`process ${running.child.pid} had not ended ${patienceMs} ms after SIGTERM, and was killed`)
}

/** Waits until something accepts connections there, or the process that should do so has ended. */
export async function waitForPort(port: number, running: Running, timeoutMs: number, logFile: string): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await accepts(port))) {
    if (running.child.exitCode !== null || running.child.signalCode !== null) {
      throw new Error(`the server that should listen on port ${port} has ended; see ${logFile}`)
    }
    if (Date.now() > deadline) throw new Error(`nothing listens on port ${port} after ${timeoutMs} ms; see ${logFile}`)
    await sleep(50)
  }
}

export function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}
