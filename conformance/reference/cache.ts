import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Processes } from '../processes.ts'

/** A set of jars that the rig needs, each in a class path of its own. */
export interface JarSet {
  /** Name of its directory in the cache. */
  readonly name: string
  readonly version: string
  readonly profile: 'v4' | 'v5' | null
}

export const apache550: JarSet = { name: '5.5.0', version: '5.5.0', profile: 'v5' }
export const apache497: JarSet = { name: '4.9.7', version: '4.9.7', profile: 'v4' }
/** There is a client 4.9.8, but no broker. */
export const client498: JarSet = { name: 'client-4.9.8', version: '4.9.8', profile: null }

function cacheDirectory(): string {
  return process.env.COMETMQ_REFERENCE_CACHE ?? join(homedir(), '.cache', 'cometmq-reference')
}

/** Downloads the jars through Maven unless they are cached, and returns the class path. */
export async function classPath(processes: Processes, jars: JarSet, logFile: string): Promise<string> {
  const lib = join(cacheDirectory(), jars.name, 'lib')
  const complete = join(lib, '.complete')
  if (!existsSync(complete)) {
    mkdirSync(lib, { recursive: true })
    const profile = jars.profile === null ? [] : [`-P${jars.profile}`]
    const goal = ['dependency:copy-dependencies', '-DincludeScope=runtime', `-DoutputDirectory=${lib}`]
    const pom = join(import.meta.dirname, 'pom.xml')
    await processes.run('mvn', ['-q', '-B', '-f', pom, ...profile, `-Drocketmq.version=${jars.version}`, ...goal], {
      stderrFile: logFile,
    })
    writeFileSync(complete, '')
  }
  return join(lib, '*')
}
