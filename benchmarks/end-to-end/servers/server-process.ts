import { type ChildProcess, spawn } from 'node:child_process'

const insistAfterMs = 30_000
const keptOutputCharacters = 4_000

const goneAfterMs = 10_000
const lookEveryMs = 10

/** Kills processes that are not children of ours, as those that our children started; resolves when they are gone. */
export async function killAll(pids: readonly number[]): Promise<void> {
  for (const pid of pids) signal(pid, 'SIGKILL')
  const deadlineMs = performance.now() + goneAfterMs
  while (pids.some((pid) => signal(pid, 0))) {
    if (performance.now() > deadlineMs) throw new Error(`processes ${pids.join(', ')} do not end`)
    await new Promise((resolve) => setTimeout(resolve, lookEveryMs))
  }
}

/** Whether there is such a process. */
function signal(pid: number, name: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, name)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/** A child process whose output is read for a mark of readiness and kept as evidence when it fails. */
export class ServerProcess {
  readonly #name: string
  readonly #process: ChildProcess
  readonly #ended: Promise<void>
  #output = ''
  #hasEnded = false
  #onOutput: () => void = () => {}

  constructor(name: string, command: string, args: readonly string[], environment: NodeJS.ProcessEnv) {
    this.#name = name
    this.#process = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...environment } })
    const keep = (text: Buffer) => {
      this.#output = (this.#output + text.toString()).slice(-keptOutputCharacters)
      this.#onOutput()
    }
    this.#process.stdout?.on('data', keep)
    this.#process.stderr?.on('data', keep)
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#hasEnded = true
        this.#onOutput()
        resolve()
      }
      this.#process.once('exit', end)
      this.#process.once('error', (error) => {
        this.#output += error.message
        end()
      })
    })
  }

  pids(): number[] {
    return this.#process.pid === undefined || this.#hasEnded ? [] : [this.#process.pid]
  }

  /** Resolves with the instant at which the output first matched. */
  whenSays(mark: RegExp, withinMs: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => {
        clearTimeout(timer)
        this.#onOutput = () => {}
        act()
      }
      const timer = setTimeout(
        () => settle(() => reject(this.#failure(`not ready after ${withinMs / 1000} s`))),
        withinMs,
      )
      this.#onOutput = () => {
        if (mark.test(this.#output)) settle(() => resolve(performance.now()))
        else if (this.#hasEnded) settle(() => reject(this.#failure('ended before it was ready')))
      }
      this.#onOutput()
    })
  }

  async stop(): Promise<void> {
    if (this.#hasEnded) return
    this.#process.kill('SIGTERM')
    const timer = setTimeout(() => this.#process.kill('SIGKILL'), insistAfterMs)
    await this.#ended
    clearTimeout(timer)
  }

  async kill(): Promise<void> {
    if (this.#hasEnded) return
    this.#process.kill('SIGKILL')
    await this.#ended
  }

  #failure(what: string): Error {
    return new Error(`${this.#name} ${what}; its last output:\n${this.#output.trim() || '(none)'}`)
  }
}
