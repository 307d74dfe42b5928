import { createServer } from 'node:net'
import type { ServerKind } from './servers/server.ts'

/** Why a server cannot have its ports; undefined when all of them are free. */
export async function takenPorts({ name, ports }: ServerKind, portOffset: number): Promise<string | undefined> {
  const taken: number[] = []
  for (const port of ports) if (!(await isFree(port + portOffset))) taken.push(port + portOffset)
  if (taken.length === 0) return undefined
  return `port ${taken.join(', ')} for ${name} is taken (ss -ltnp shows by whom): if another bench runs, give --port-offset 100`
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else reject(error)
    })
    // On all addresses, since a server may listen on any.
    server.listen(port, () => server.close(() => resolve(true)))
  })
}
