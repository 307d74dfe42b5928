import { silentLogger } from '@cometmq/platform'
import { type BrokerConfig, brokerConfig } from '../config/broker-config.ts'
import type { ServerOptions } from '../config/server-options.ts'
import { ServerSettings } from '../config/server-settings.ts'
import { warnOfLeftOverShards } from '../shards/left-over-shards.ts'
import { warnIfUnreachable } from '../startup/reachability.ts'
import { serve } from '../startup/serve.ts'
import { startBroker } from '../startup/start-broker.ts'
import type { Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

/** `cometmq broker`: a broker alone, until it is told to stop. With `options.shard` it is one of those that `--shards` started. */
export async function broker(options: ServerOptions, world: World, terminal: Terminal): Promise<void> {
  const { shard } = options
  const logger = world.logger({ level: options.logLevel, json: options.json })
  // What there is to say of the settings, whoever started the shards has said.
  const settings = await ServerSettings.load(options, shard ? silentLogger : logger, world)
  const config = await brokerConfig(settings, world)
  if (!shard) await sayTheRest(settings, config)
  const memoryBytes = Math.floor(world.memoryBytes / (shard?.count ?? 1))
  const server = await startBroker(config, logger, { ...world, memoryBytes })
  try {
    void warnIfUnreachable(server.advertised, logger, world)
    await serve({ broker: { server, config } }, settings, world, terminal)
  } finally {
    await server.close()
  }

  async function sayTheRest(settings: ServerSettings, { store }: BrokerConfig): Promise<void> {
    settings.warnOfTheRest('broker')
    await warnOfLeftOverShards(store.storePathRootDir, 1, world.files, logger)
  }
}
