import { type Address, formatAddress } from '@cometmq/platform'
import { isEveryAddress, isLoopback, localAddressOf } from '../config/advertised-host.ts'
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
  const row = (label: string, text: string) => lines.push(`  ${label.padEnd(12)} ${text}`)
  if (nameServer) row('NameServer', `listens on ${formatAddress(nameServer.address)}`)
  if (broker) {
    row('broker', `listens on ${formatAddress(broker.address)}, ${broker.name} of ${broker.cluster}`)
    row('advertising', advertisingText(broker.address, broker.advertised, announcement.hostAddresses))
    if (!nameServer) row('registers', `with ${broker.nameServers.map(formatAddress).join(', ')}`)
    row('messages', `in ${broker.store}`)
  } else {
    row('data', `in ${data}`)
  }
  if (nameServer && broker) {
    const elsewhere = elsewhereOption(nameServer.address)
    row('try', `npx cometmq send Hello 'first message'${elsewhere}`)
    row('', `npx cometmq tail Hello${elsewhere}`)
  }
  lines.push(`ready in ${readyMs} ms`)
  return lines
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
