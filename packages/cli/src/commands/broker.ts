import { brokerConfig } from '../config/broker-config.ts'
import type { ServerOptions } from '../config/server-options.ts'
import { ServerSettings } from '../config/server-settings.ts'
import { warnIfUnreachable } from '../startup/reachability.ts'
import { serve } from '../startup/serve.ts'
import { startBroker } from '../startup/start-broker.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

/** `cometmq broker`: a broker alone, until it is told to stop. */
export async function broker(options: ServerOptions, world: World, terminal: Terminal): Promise<void> {
  const logger = world.logger({ level: options.logLevel, json: options.json })
  const settings = await ServerSettings.load(options, logger, world)
  const config = await brokerConfig(settings, world)
  settings.warnOfTheRest('broker')
  const server = await startBroker(config, logger, world)
  try {
    void warnIfUnreachable(server.advertised, logger, world)
    await serve({ broker: { server, config } }, settings, world, terminal)
  } finally {
    await server.close()
  }
}
