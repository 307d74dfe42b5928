import { spawn } from 'node:child_process'
import { firstLineOf } from './servers/apache-libraries.ts'

const attachWithinMs = 20_000

/** Undefined when system calls can be counted here; otherwise what is missing. */
export async function missingForSystemCalls(): Promise<string | undefined> {
  return (await firstLineOf('strace', ['-V'])) === '' ? 'strace is not installed' : undefined
}

/** Counts the system calls of all threads of these processes while `work` runs, divided by the messages it tells. */
export async function countSystemCalls(pids: readonly number[], work: () => Promise<number>): Promise<number> {
  const strace = spawn('strace', ['-f', '-c', '-U', 'calls,name', ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let output = ''
  const ended = new Promise<void>((resolve) => {
    strace.once('exit', () => resolve())
    strace.once('error', () => resolve())
  })
  try {
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`strace attached to nothing: ${output}`)), attachWithinMs)
      const settle = (act: () => void) => {
        clearTimeout(timer)
        act()
      }
      strace.stderr.on('data', (text: Buffer) => {
        output += text.toString()
        if (/attached/.test(output)) settle(resolve)
      })
      void ended.then(() => settle(() => reject(new Error(`strace ended: ${output}`))))
    })
    output = ''
    const messages = await work()
    strace.kill('SIGINT')
    await ended
    return totalOf(output) / messages
  } finally {
    strace.kill('SIGKILL')
    await ended
  }
}

/** The sum at the end of strace's summary. */
export function totalOf(summary: string): number {
  const found = /^\s*(\d+)\s+total\s*$/m.exec(summary)
  if (found === null) throw new Error(`strace printed no sum: ${summary}`)
  return Number(found[1])
}
