import { resolve } from 'node:path'
import { type BrokerOptions, brokerOptions } from '@cometmq/broker'
import { type Address, formatAddress } from '@cometmq/platform'
import { type StoreOptions, storeOptions } from '@cometmq/store'
import type { World } from '../world.ts'
import { advertisedHostTowards, defaultAdvertisedHost, isEveryAddress } from './advertised-host.ts'
import { freePort } from './free-port.ts'
import { brokerPropertyNames } from './known-properties.ts'
import { checked, given, type ServerSettings } from './server-settings.ts'
import { shardBroker, shardConfigPath, shardStorePaths } from './shard.ts'

const defaultNameServer: Address = { host: '127.0.0.1', port: 9876 }

export interface BrokerConfig {
  broker: BrokerOptions
  store: StoreOptions
}

/**
 * @param ownNameServer the NameServer in the same process, to register with besides those of the file.
 * @throws ConfigError
 */
export async function brokerConfig(
  settings: ServerSettings,
  world: World,
  ownNameServer?: Address,
): Promise<BrokerConfig> {
  const { listen, advertise, brokerPort, namesrv, config, shard } = settings.options
  const fromFile = settings.file.take(brokerOptions)
  settings.replaces(listen, '--listen', 'bindAddress')
  settings.replaces(brokerPort, '--broker-port', 'listenPort')
  settings.replaces(advertise, '--advertise', 'brokerIP1')
  settings.replaces(namesrv, '--namesrv', 'namesrvAddr')

  const fromLine = given({
    listenHost: listen,
    listenPort: brokerPort,
    advertiseHost: advertise,
    nameServers: namesrv,
    configPath: config === undefined ? undefined : resolve(shard ? shardConfigPath(config, shard) : config),
  })
  const wanted: Partial<BrokerOptions> = { ...fromFile, ...fromLine }
  const listenHost = wanted.listenHost ?? '0.0.0.0'
  const nameServers = nameServersOf(wanted.nameServers, ownNameServer)
  const store = shard ? shardStorePaths(storeInput(settings), shard) : storeInput(settings)
  const first = checked(brokerOptions, {
    ...wanted,
    advertiseHost:
      wanted.advertiseHost ??
      (ownNameServer ? defaultAdvertisedHost(listenHost) : await advertisedHostTowards(nameServers, listenHost, world)),
    nameServers,
    configDirectory: `${store.storePathRootDir}/config`,
  })
  const broker = shard ? shardBroker(first, shard) : first
  // Message ids name the broker's port, so it has to be known before the store is opened.
  const listenPort = broker.listenPort === 0 ? await freePort(broker.listenHost, world) : broker.listenPort
  const storeHost = { host: ipAddressOf(broker, world), port: listenPort }
  return { broker: { ...broker, listenPort }, store: checked(storeOptions, { ...store, storeHost }) }
}

/** The store's own options; with `--data` all of its folders lie there, whatever the file says. */
function storeInput(
  settings: ServerSettings,
): Record<string, unknown> & { storePathRootDir: string; storePathCommitLog?: string } {
  const { data } = settings.options
  const paths = [...brokerPropertyNames].filter((property) => property.startsWith('storePath'))
  for (const property of paths) settings.replaces(data, '--data', property)
  const fromFile = settings.file.take(storeOptions, new Set(data === undefined ? [] : paths))
  const root = fromFile.storePathRootDir as string | undefined
  return { ...fromFile, storePathRootDir: root === undefined ? `${settings.dataDirectory}/store` : resolve(root) }
}

/** `localhost:9876` of a file is the NameServer that runs in this process. */
function nameServersOf(configured: readonly Address[] | undefined, own: Address | undefined): Address[] {
  if (own === undefined) return [...(configured ?? [defaultNameServer])]
  const named = ({ host, port }: Address) => formatAddress({ host: host === 'localhost' ? '127.0.0.1' : host, port })
  return [own, ...(configured ?? []).filter((address) => named(address) !== named(own))]
}

/** Records and message ids hold the broker's address as bytes; where clients are told a name, an address of this machine stands for it. */
function ipAddressOf({ advertiseHost, listenHost }: BrokerOptions, world: World): string {
  const isAddress = (host: string) => /^\d+(\.\d+){3}$/.test(host) || host.includes(':')
  const listening = isEveryAddress(listenHost) ? [] : [listenHost]
  return [advertiseHost, ...listening, ...world.hostAddresses()].find(isAddress) ?? '127.0.0.1'
}
