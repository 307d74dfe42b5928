import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { cometmqProgram } from './cometmq.ts'
import { JavaClient } from './java.ts'
import type { Processes } from './processes.ts'
import { apacheProgram } from './reference/apache.ts'
import { apache497, apache550 } from './reference/cache.ts'
import type { ApacheRelease, ServerKind, Side } from './servers.ts'

/** The first side and the second: far apart, so that each has room for the servers of single scenarios. */
const ports = [
  { namesrvPort: 19876, brokerPort: 11911 },
  { namesrvPort: 29876, brokerPort: 21911 },
]

export function makeSides(processes: Processes, against: readonly ServerKind[], apacheVersion: string): Side[] {
  const apache = apacheVersion === apache497.version ? apache497 : apache550
  return against.map((kind, place) => {
    const program = kind === 'apache' ? apacheProgram(processes, apache) : cometmqProgram(processes)
    return { label: against.indexOf(kind) === place ? kind : `${kind}#${place + 1}`, program, ...ports[place]! }
  })
}

/** The side as it is, or with another release of Apache's programs. */
export function ofRelease(processes: Processes, side: Side, release: ApacheRelease): Side {
  if (side.program.kind !== 'apache') return side
  return { ...side, program: apacheProgram(processes, release === '4.9.7' ? apache497 : apache550) }
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
