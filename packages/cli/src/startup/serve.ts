import type { Broker } from '@cometmq/broker'
import type { NameServer } from '@cometmq/namesrv'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { ServerSettings } from '../config/server-settings.ts'
import { aborted, type Terminal } from '../terminal.ts'
import type { World } from '../world.ts'
import { announce } from './announcement.ts'

/** What runs in this process. */
export interface Serving {
  nameServer?: NameServer
  broker?: { server: Broker; config: BrokerConfig }
}

/** Says where everything is, and serves until the terminal says stop. */
export async function serve(
  serving: Serving,
  settings: ServerSettings,
  world: World,
  terminal: Terminal,
): Promise<void> {
  const { nameServer, broker } = serving
  announce(
    {
      ...(nameServer && { nameServer: { address: nameServer.address } }),
      ...(broker && {
        broker: {
          name: broker.config.broker.brokerName,
          cluster: broker.config.broker.clusterName,
          address: broker.server.address,
          advertised: broker.server.advertised,
          nameServers: broker.config.broker.nameServers,
          store: broker.config.store.storePathRootDir,
        },
      }),
      data: settings.dataDirectory,
      hostAddresses: world.hostAddresses(),
      readyMs: Math.round(world.clock.monotonicMs()),
    },
    // A shard announces itself to the process that started it.
    settings.options.json || settings.options.shard !== undefined,
    terminal,
  )
  await aborted(terminal.stop)
}
