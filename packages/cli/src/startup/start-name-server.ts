import { NameServer, type NameServerOptions } from '@cometmq/namesrv'
import type { Logger } from '@cometmq/platform'
import type { World } from '../world.ts'
import { listenFailure } from './failure.ts'

/** @throws ConfigError when it cannot listen, and whatever a NameServer's start throws. */
export async function startNameServer(options: NameServerOptions, logger: Logger, world: World): Promise<NameServer> {
  const server = new NameServer(options, { ...world, logger: logger.child({ component: 'namesrv' }) })
  try {
    await server.start()
    return server
  } catch (error) {
    await server.close()
    const address = { host: options.host ?? '0.0.0.0', port: options.port ?? 9876 }
    throw listenFailure(error, { name: 'NameServer', address, portOption: '--namesrv-port' })
  }
}
