import { localAddressOf } from '../config/advertised-host.ts'
import { brokerConfig } from '../config/broker-config.ts'
import { nameServerConfig } from '../config/name-server-config.ts'
import type { ServerOptions } from '../config/server-options.ts'
import { ServerSettings } from '../config/server-settings.ts'
import { warnOfLeftOverShards } from '../shards/left-over-shards.ts'
import { warnIfUnreachable } from '../startup/reachability.ts'
import { serve } from '../startup/serve.ts'
import { startBroker } from '../startup/start-broker.ts'
import { startNameServer } from '../startup/start-name-server.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

/** `cometmq standalone`: a NameServer and a broker that registers with it, in one process, until it is told to stop. */
export async function standalone(options: ServerOptions, world: World, terminal: Terminal): Promise<void> {
  const logger = world.logger({ level: options.logLevel, json: options.json })
  const settings = await ServerSettings.load(options, logger, world)
  const nameServer = await startNameServer(nameServerConfig(settings, true), logger, world)
  try {
    const config = await brokerConfig(settings, world, localAddressOf(nameServer.address))
    settings.warnOfTheRest('both')
    await warnOfLeftOverShards(config.store.storePathRootDir, 1, world.files, logger)
    const server = await startBroker(config, logger, world)
    try {
      void warnIfUnreachable(server.advertised, logger, world)
      await serve({ nameServer, broker: { server, config } }, settings, world, terminal)
    } finally {
      await server.close()
    }
  } finally {
    await nameServer.close()
  }
}
