import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cometmqProgram } from './cometmq.ts'
import { JavaClient } from './java.ts'
import type { Processes } from './processes.ts'
import { apacheProgram } from './reference/apache.ts'
import { apache497, apache550, classPath, type JarSet } from './reference/cache.ts'
import type { ApacheRelease, ServerKind, Side } from './servers.ts'

/** The first side and the second: far apart, so that each has room for the servers of single scenarios. */
const ports = [
  { namesrvPort: 19876, brokerPort: 11911 },
  { namesrvPort: 29876, brokerPort: 21911 },
]

const jarsOf: Readonly<Record<ApacheRelease, JarSet>> = { '5.5.0': apache550, '4.9.7': apache497 }

export function makeSides(processes: Processes, against: readonly ServerKind[], apacheVersion: ApacheRelease): Side[] {
  return against.map((kind, place) => {
    const program = kind === 'apache' ? apacheProgram(processes, jarsOf[apacheVersion]) : cometmqProgram(processes)
    return { label: against.indexOf(kind) === place ? kind : `${kind}#${place + 1}`, program, ...ports[place]! }
  })
}

/** The side as it is, or with another release of Apache's programs. */
export function ofRelease(processes: Processes, side: Side, release: ApacheRelease): Side {
  if (side.program.kind !== 'apache') return side
  return { ...side, program: apacheProgram(processes, jarsOf[release]) }
}

/** Fetches Apache's releases before anything runs side by side: two that fetch the same would write the same files. */
export async function fetchReleases(
  processes: Processes,
  releases: ReadonlySet<ApacheRelease>,
  directory: string,
): Promise<void> {
  for (const release of releases) await classPath(processes, jarsOf[release], join(directory, `maven-${release}.out`))
}

/** Compiles the scenario programs against each version of the client. */
export async function makeJavaClients(
  processes: Processes,
  names: Iterable<string>,
  directory: string,
): Promise<Map<string, JavaClient>> {
  const clients = new Map<string, JavaClient>()
  for (const name of names) {
    const home = join(directory, name)
    mkdirSync(home, { recursive: true })
    clients.set(name, await JavaClient.prepare(processes, name, home))
  }
  return clients
}
