import { formatAddress, type Logger } from '@cometmq/platform'
import { defaultAdvertisedHost, localAddressOf } from '../config/advertised-host.ts'
import { type BrokerConfig, brokerConfig } from '../config/broker-config.ts'
import { nameServerConfig } from '../config/name-server-config.ts'
import type { ServerOptions } from '../config/server-options.ts'
import { ServerSettings } from '../config/server-settings.ts'
import { shardBroker, shardName } from '../config/shard.ts'
import { warnOfLeftOverShards } from '../shards/left-over-shards.ts'
import { shardArguments } from '../shards/shard-arguments.ts'
import type { ShardReady } from '../shards/shard-output.ts'
import { ShardProcess } from '../shards/shard-process.ts'
import { announceShards } from '../startup/announcement.ts'
import { startNameServer } from '../startup/start-name-server.ts'
import { aborted, type Terminal } from '../terminal.ts'
import type { World } from '../world.ts'

export type ShardedOptions = ServerOptions & { shards: number }

/**
 * `cometmq standalone --shards N` and `cometmq broker --shards N`: brokers of one cluster, each in a process of its own, until it is told to stop.
 * This process starts them, watches over them and, for `standalone`, is the NameServer; no message passes through it.
 *
 * @returns the exit code: 1 when a shard was given up or did not close cleanly.
 */
export async function sharded(
  command: 'standalone' | 'broker',
  options: ShardedOptions,
  world: World,
  terminal: Terminal,
): Promise<number> {
  const logger = world.logger({ level: options.logLevel, json: options.json })
  const settings = await ServerSettings.load(options, logger, world)
  const isStandalone = command === 'standalone'
  const nameServer = isStandalone ? await startNameServer(nameServerConfig(settings, true), logger, world) : undefined
  try {
    // What does not fit is said once, and here, rather than by every shard.
    const config = await brokerConfig(settings, world, nameServer && localAddressOf(nameServer.address))
    shardBroker(config.broker, { number: options.shards - 1, count: options.shards })
    settings.warnOfTheRest(isStandalone ? 'both' : 'broker')
    await warnOfLeftOverShards(config.store.storePathRootDir, options.shards, world.files, logger)

    const shared = isStandalone ? besideNameServer(settings, config) : options
    const shards = shardProcesses(options.shards, shared, config, logger, world, terminal)
    await serveShards(shards, terminal, (ready) =>
      announceShards(
        {
          ...(nameServer && { nameServer: { address: nameServer.address } }),
          nameServers: config.broker.nameServers.map(formatAddress),
          shards: ready,
          data: settings.dataDirectory,
          hostAddresses: world.hostAddresses(),
          readyMs: Math.round(world.clock.monotonicMs()),
        },
        options.json,
        terminal,
      ),
    )
    return shards.every(({ endedWell }) => endedWell) ? 0 : 1
  } finally {
    await nameServer?.close()
  }
}

/** What shards are told beyond the command line: the NameServer of this process, and the address that a broker in it would advertise. */
function besideNameServer({ options, file }: ServerSettings, { broker }: BrokerConfig): ServerOptions {
  const namesrv = broker.nameServers
  if (options.advertise !== undefined || file.has('brokerIP1')) return { ...options, namesrv }
  return { ...options, namesrv, advertise: defaultAdvertisedHost(broker.listenHost) }
}

function shardProcesses(
  count: number,
  shared: ServerOptions,
  { broker }: BrokerConfig,
  logger: Logger,
  { clock, processes }: World,
  { remark }: Terminal,
): ShardProcess[] {
  const world = { clock, processes, logger: logger.child({ component: 'shards' }), remark }
  return Array.from({ length: count }, (_, number) => {
    const args = shardArguments(shared, { number, count })
    return new ShardProcess(shardName(broker.brokerName, number), args, world)
  })
}

/** Until the terminal says stop, or none is left. @throws ShardStartError when one does not start; all are closed then, as in any case */
async function serveShards(
  shards: readonly ShardProcess[],
  terminal: Terminal,
  onReady: (ready: ShardReady[]) => void,
): Promise<void> {
  const stopped = aborted(terminal.stop)
  try {
    const ready = await Promise.race([Promise.all(shards.map((shard) => shard.start())), stopped])
    if (ready === undefined) return
    onReady(ready)
    await Promise.race([stopped, Promise.all(shards.map(({ over }) => over))])
  } finally {
    await Promise.all(shards.map((shard) => shard.close()))
  }
}
