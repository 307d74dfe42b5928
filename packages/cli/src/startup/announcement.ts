import { type Address, formatAddress, parseAddress } from '@cometmq/platform'
import { isEveryAddress, isLoopback, localAddressOf } from '../config/advertised-host.ts'
import type { ShardReady } from '../shards/shard-output.ts'
import type { Terminal } from '../terminal.ts'
import { version } from '../version.ts'

/** What a server says of itself when it serves. */
export interface Announcement {
  nameServer?: { address: Address }
  broker?: {
    name: string
    cluster: string
    address: Address
    advertised: Address
    /** Where it registers; not shown when it is the NameServer of the same process. */
    nameServers: readonly Address[]
    store: string
  }
  data: string
  /** Addresses under which other machines may reach this one. */
  hostAddresses: readonly string[]
  readyMs: number
}

const usualNameServerPort = 9876

/** Prints it: lines for people, the last of which says `ready`, or one JSON line. */
export function announce(announcement: Announcement, json: boolean, terminal: Terminal): void {
  if (json) terminal.print(JSON.stringify(announcementAsJson(announcement)))
  else for (const line of announcementLines(announcement)) terminal.print(line)
}

export function announcementLines(announcement: Announcement): string[] {
  const { nameServer, broker, data, readyMs } = announcement
  const lines = [`CometMQ ${version()}`]
  if (nameServer) lines.push(row('NameServer', `listens on ${formatAddress(nameServer.address)}`))
  if (broker) {
    lines.push(row('broker', `listens on ${formatAddress(broker.address)}, ${broker.name} of ${broker.cluster}`))
    lines.push(row('advertising', advertisingText(broker.address, broker.advertised, announcement.hostAddresses)))
    if (!nameServer) lines.push(row('registers', `with ${broker.nameServers.map(formatAddress).join(', ')}`))
    lines.push(row('messages', `in ${broker.store}`))
  } else {
    lines.push(row('data', `in ${data}`))
  }
  if (nameServer && broker) lines.push(...tryLines(nameServer.address))
  lines.push(`ready in ${readyMs} ms`)
  return lines
}

/** What brokers in processes of their own say together. */
export interface ShardsAnnouncement {
  nameServer?: { address: Address }
  nameServers: readonly string[]
  shards: readonly ShardReady[]
  data: string
  hostAddresses: readonly string[]
  readyMs: number
}

/** Like `announce`, for shards. The JSON line has what a single broker's has, of the first, and all of them in `shards`. */
export function announceShards(announcement: ShardsAnnouncement, json: boolean, terminal: Terminal): void {
  if (json) terminal.print(JSON.stringify(shardsAsJson(announcement)))
  else for (const line of shardsLines(announcement)) terminal.print(line)
}

function shardsLines({ nameServer, nameServers, shards, hostAddresses, readyMs }: ShardsAnnouncement): string[] {
  const lines = [`CometMQ ${version()}`]
  if (nameServer) lines.push(row('NameServer', `listens on ${formatAddress(nameServer.address)}`))
  for (const { broker, advertised, brokerName, cluster, store } of shards) {
    const [listening, outward] = [parseAddress(broker), parseAddress(advertised)]
    lines.push(row('broker', `listens on ${broker}, ${brokerName} of ${cluster}`))
    if (listening && outward) lines.push(row('advertising', advertisingText(listening, outward, hostAddresses)))
    lines.push(row('messages', `in ${store}`))
  }
  if (nameServer) lines.push(...tryLines(nameServer.address))
  else lines.push(row('registers', `with ${nameServers.join(', ')}`))
  return [...lines, `ready in ${readyMs} ms`]
}

function shardsAsJson(announcement: ShardsAnnouncement): object {
  const { nameServer, nameServers, shards, data, hostAddresses, readyMs } = announcement
  const of = ({ broker, brokerName, cluster, advertised, store }: ShardReady) => ({
    ...{ broker, brokerName, cluster, advertised, store },
  })
  return {
    event: 'ready',
    version: version(),
    ...(nameServer && { nameServer: formatAddress(nameServer.address) }),
    ...(shards[0] && of(shards[0])),
    nameServers,
    shards: shards.map(of),
    data,
    hostAddresses,
    readyMs,
  }
}

function row(label: string, text: string): string {
  return `  ${label.padEnd(12)} ${text}`
}

function tryLines(nameServer: Address): string[] {
  const elsewhere = elsewhereOption(nameServer)
  return [
    row('try', `npx cometmq send Hello 'first message'${elsewhere}`),
    row('', `npx cometmq tail Hello${elsewhere}`),
  ]
}

function advertisingText(listening: Address, advertised: Address, hostAddresses: readonly string[]): string {
  const text = formatAddress(advertised)
  if (!isLoopback(advertised.host)) return text
  if (!isEveryAddress(listening.host)) return `${text}: only clients on this machine can connect`
  const candidates = hostAddresses.length === 0 ? '' : ` (this machine has ${hostAddresses.join(', ')})`
  return `${text}: clients on other machines need --advertise <address>${candidates}`
}

function elsewhereOption(address: Address): string {
  const local = localAddressOf(address)
  const isUsual = local.host === '127.0.0.1' && local.port === usualNameServerPort
  return isUsual ? '' : ` --namesrv ${formatAddress(local)}`
}

function announcementAsJson({ nameServer, broker, data, hostAddresses, readyMs }: Announcement): object {
  return {
    event: 'ready',
    version: version(),
    ...(nameServer && { nameServer: formatAddress(nameServer.address) }),
    ...(broker && {
      broker: formatAddress(broker.address),
      brokerName: broker.name,
      cluster: broker.cluster,
      advertised: formatAddress(broker.advertised),
      nameServers: broker.nameServers.map(formatAddress),
      store: broker.store,
    }),
    data,
    hostAddresses,
    readyMs,
  }
}
