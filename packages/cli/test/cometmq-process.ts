import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { fileURLToPath } from 'node:url'

/** The launcher: that of the checkout, unless somebody has another command tested, as `scripts/build.ts --check` has the installed one. */
export const bin = process.env.COMETMQ_TEST_BIN ?? fileURLToPath(new URL('../bin/cometmq.js', import.meta.url))

/** What `--json` prints of a server that is ready. */
export interface Ready {
  event: 'ready'
  nameServer?: string
  broker?: string
  advertised?: string
  nameServers?: string[]
  store?: string
  data: string
  readyMs: number
}

/** A `cometmq` process. Nothing of it outlives its test. */
export class CometmqProcess {
  readonly child: ChildProcess
  readonly exited: Promise<number | string>
  stdout = ''
  stderr = ''
  readonly #watchers = new Set<() => void>()

  constructor(
    context: TestContext,
    args: readonly string[],
    options: { nodeOptions?: readonly string[]; bin?: string; shell?: boolean; env?: Record<string, string> } = {},
  ) {
    const command = [process.execPath, ...(options.nodeOptions ?? []), options.bin ?? bin, ...args]
    // A shell with something left to do stays the parent of what it runs.
    const line = options.shell ? ['sh', '-c', '"$@"; exit $?', 'sh', ...command] : command
    this.child = spawn(line[0]!, line.slice(1), {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...options.env },
    })
    this.child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.stdout += text
      for (const watcher of this.#watchers) watcher()
    })
    this.child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text
      for (const watcher of this.#watchers) watcher()
    })
    this.exited = new Promise((resolve) => this.child.once('close', (code, signal) => resolve(code ?? signal!)))
    context.after(async () => {
      this.child.kill('SIGKILL')
      await this.exited
    })
  }

  /** Resolves when `find` finds something in what was printed. */
  async until<T>(find: (process: this) => T | undefined): Promise<T> {
    const printed = new Promise<T>((resolve) => {
      const watch = () => {
        const found = find(this)
        if (found === undefined) return
        this.#watchers.delete(watch)
        resolve(found)
      }
      this.#watchers.add(watch)
      watch()
    })
    const ended = this.exited.then((code) => {
      throw new Error(`ended with ${code}:\n${this.stdout}${this.stderr}`)
    })
    return Promise.race([printed, ended])
  }

  lines(): string[] {
    return this.stdout.split('\n').slice(0, -1)
  }
}

/** A server with `--json` on free ports of 127.0.0.1, once it is ready. */
export async function startServer(
  context: TestContext,
  command: 'standalone' | 'namesrv' | 'broker',
  args: readonly string[] = [],
): Promise<CometmqProcess & { ready: Ready }> {
  const ports = command === 'namesrv' ? [] : ['--broker-port', '0']
  if (command !== 'broker') ports.push('--namesrv-port', '0')
  const listen = args.includes('--listen') ? [] : ['--listen', '127.0.0.1']
  const server = new CometmqProcess(context, [command, '--json', ...listen, ...ports, ...args])
  const ready = await server.until(({ stdout }) => (stdout.includes('\n') ? (JSON.parse(stdout) as Ready) : undefined))
  return Object.assign(server, { ready })
}

/** Runs a command to its end. */
export async function run(context: TestContext, args: readonly string[]) {
  const process = new CometmqProcess(context, args)
  const code = await process.exited
  return { code, stdout: process.stdout, stderr: process.stderr, lines: process.lines() }
}

export function temporaryFolder(context: TestContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'cometmq-cli-'))
  context.after(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
