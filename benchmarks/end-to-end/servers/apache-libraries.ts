import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** The newest release whose packages are all there. */
export const apacheVersion = '5.5.0'

/**
 * The directory with the jars, fetched with Maven on first use. A directory that the conformance rigs completed is used
 * as it is; our own holds only NameServer and broker, hence its other name.
 */
export async function apacheLibraries(): Promise<string> {
  const [shared, own] = libraryDirectories()
  for (const directory of [shared, own]) if (existsSync(`${directory}/.complete`)) return directory
  mkdirSync(own, { recursive: true })
  const pom = fileURLToPath(new URL('apache-pom.xml', import.meta.url))
  const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${own}`]
  await run('mvn', ['-q', '-B', '-f', pom, `-Drocketmq.version=${apacheVersion}`, ...goal])
  writeFileSync(`${own}/.complete`, '')
  return own
}

export async function missingForApache(): Promise<string | undefined> {
  if ((await firstLineOf('java', ['-version'])) === '') return 'java (11 or newer) is not installed'
  if (libraryDirectories().some((directory) => existsSync(`${directory}/.complete`))) return undefined
  if ((await firstLineOf('mvn', ['-v'])) === '') return 'Maven is not installed and the packages are not in the cache'
  return undefined
}

/** The first line that a command prints on either stream, or nothing when it cannot run. */
export async function firstLineOf(command: string, args: readonly string[]): Promise<string> {
  try {
    const { stdout, stderr } = await run(command, args)
    return (stdout + stderr).trim().split('\n', 1)[0] ?? ''
  } catch {
    return ''
  }
}

function libraryDirectories(): [shared: string, own: string] {
  const cache = process.env.COMETMQ_REFERENCE_CACHE ?? `${homedir()}/.cache/cometmq-reference`
  return [`${cache}/${apacheVersion}/lib`, `${cache}/benchmark-${apacheVersion}/lib`]
}
