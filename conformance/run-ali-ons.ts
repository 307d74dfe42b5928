import { existsSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { JavaClient } from './java.ts'
import type { Processes } from './processes.ts'
import { PrintedResults, type ScenarioResult } from './results.ts'

const home = join(import.meta.dirname, 'scenarios', 'ali-ons')

/** Installs the client into a folder of its own; it is not part of the workspace. */
export async function installAliOns(processes: Processes, directory: string): Promise<void> {
  if (existsSync(join(home, 'node_modules', 'ali-ons', 'package.json'))) return
  mkdirSync(directory, { recursive: true })
  await processes.run('npm', ['ci', '--no-audit', '--no-fund'], {
    cwd: home,
    stderrFile: join(directory, 'npm-ci.out'),
  })
}

export interface AliOnsRun {
  readonly processes: Processes
  /** Creates the topics: ali-ons gives up when a topic has no route yet. */
  readonly java: JavaClient
  readonly namesrv: string
  readonly names: readonly string[]
  /** From 1. */
  readonly attempt: number
  readonly directory: string
  readonly label: string
  readonly onResult: (result: ScenarioResult) => void
}

export async function runAliOns({
  processes,
  java,
  namesrv,
  names,
  attempt,
  directory,
  label,
  onResult,
}: AliOnsRun): Promise<void> {
  if (names.length === 0) return
  mkdirSync(directory, { recursive: true })
  const results = new PrintedResults(names, onResult)
  const topics = ['4', ...names.map((name) => `${name}-${attempt}-T`)]
  try {
    await java.lines('Topics', [namesrv, ...topics], `${label}-ali-ons-topics-${attempt}`)
  } catch (failure) {
    return results.end(`no topics for ali-ons: ${failure}`)
  }
  const stderrFile = join(directory, `${label}.out`)
  const code = await processes.start(
    process.execPath,
    [join(home, 'scenarios.cjs'), namesrv, String(attempt), ...names],
    {
      cwd: directory,
      stderrFile,
      onLine: results.onLine,
    },
  ).exited
  results.end(`ali-ons ended with ${code} before this scenario had a result; see ${stderrFile}`)
}
