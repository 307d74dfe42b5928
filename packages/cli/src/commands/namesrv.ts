import { nameServerConfig } from '../config/name-server-config.ts'
import type { ServerOptions } from '../config/server-options.ts'
import { ServerSettings } from '../config/server-settings.ts'
import { serve } from '../startup/serve.ts'
import { startNameServer } from '../startup/start-name-server.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

/** `cometmq namesrv`: a NameServer alone, until it is told to stop. */
export async function namesrv(options: ServerOptions, world: World, terminal: Terminal): Promise<void> {
  const logger = world.logger({ level: options.logLevel, json: options.json })
  const settings = await ServerSettings.load(options, logger, world)
  const config = nameServerConfig(settings, false)
  settings.warnOfTheRest('namesrv')
  const nameServer = await startNameServer(config, logger, world)
  try {
    await serve({ nameServer }, settings, world, terminal)
  } finally {
    await nameServer.close()
  }
}
