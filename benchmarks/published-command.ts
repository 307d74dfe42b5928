import { execFile } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '..')
const output = join(import.meta.dirname, 'out')

/** The command as users install it, to be measured. */
export interface PublishedCommand {
  /** Its launcher. */
  bin: string
  /** For its compile cache, which is empty at first and gone with the command. */
  cache: string
}

/**
 * Makes the command as it is published from the sources as they are now, which takes a second or two, into a folder that is this process's own and ends with it:
 * nobody measures what somebody built before, and nothing changes under a server that runs.
 */
export async function publishedCommand(): Promise<PublishedCommand> {
  mkdirSync(output, { recursive: true })
  const folder = mkdtempSync(join(output, 'command-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }))
  const target = join(folder, 'cometmq')
  // In a process of its own, so that the bundler and its threads are gone when something is measured.
  await promisify(execFile)(process.execPath, [join(root, 'scripts', 'build.ts'), '--command', target])
  return { bin: join(target, 'bin', 'cometmq.js'), cache: join(folder, 'compile-cache') }
}
