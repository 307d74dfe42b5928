import type { ChildProcess as NodeChild } from 'node:child_process'
import { messageOf } from '../error.ts'
import type { ChildProcess, OutputStream, ProcessEnd, Processes } from '../processes.ts'
import { Lines } from './lines.ts'

/**
 * Processes of the machine that run `program`, a script that ends cleanly when the channel to its parent closes.
 *
 * @param environment what they find in their environment besides ours.
 * @param nodeOptions Node's own options for them; those of this process unless given.
 */
export function nodeProcesses(
  program: string,
  environment: Readonly<Record<string, string>>,
  nodeOptions: readonly string[] = process.execArgv,
): Processes {
  return {
    async start(args, onLine) {
      // Few commands start processes: the rest does not load this.
      const { spawn } = await import('node:child_process')
      const child = spawn(process.execPath, [...nodeOptions, program, ...args], {
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
        env: { ...process.env, ...environment },
      })
      return observed(child, onLine)
    },
  }
}

function observed(child: NodeChild, onLine: (stream: OutputStream, line: string) => void): ChildProcess {
  for (const stream of ['stdout', 'stderr'] as const) {
    const lines = new Lines((line) => onLine(stream, line))
    child[stream]?.on('data', (chunk: Buffer) => lines.add(chunk)).once('end', () => lines.end())
  }
  const ended = new Promise<ProcessEnd>((resolve) => {
    // After `close` its last line has come as well.
    child.once('close', (code, signal) => resolve({ isSuccess: code === 0, how: signal ?? `exit code ${code}` }))
    child.on('error', (error) => {
      if (child.pid === undefined) resolve({ isSuccess: false, how: `it cannot be started: ${messageOf(error)}` })
    })
  })
  return { pid: child.pid, ended, stop: () => void child.kill('SIGTERM'), kill: () => void child.kill('SIGKILL') }
}
