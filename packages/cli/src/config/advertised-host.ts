import type { Address } from '@cometmq/platform'
import type { World } from '../world.ts'

const loopback = '127.0.0.1'
/** How long a NameServer may take to accept, when all we want to know is our own address towards it. */
const probeTimeoutMs = 1_000

/** Whether a server that listens there is reached by every address of the machine. */
export function isEveryAddress(listenHost: string): boolean {
  return listenHost === '' || listenHost === '0.0.0.0' || listenHost === '::'
}

export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || host.startsWith('127.')
}

/** Where somebody on this machine connects to a server that listens on `address`. */
export function localAddressOf(address: Address): Address {
  return isEveryAddress(address.host) ? { host: loopback, port: address.port } : address
}

/**
 * What a broker tells clients to connect to when nobody said it. To guess an outward address is what RocketMQ's users suffer from most: it is often one
 * of a container or a virtual machine that no client reaches. So a broker on all addresses says 127.0.0.1, which works on this machine, and says so.
 */
export function defaultAdvertisedHost(listenHost: string): string {
  return isEveryAddress(listenHost) ? loopback : listenHost
}

/**
 * The same for a broker whose NameServers are elsewhere: the address that its connection to them comes from, since whoever reaches them is likely to
 * reach it there.
 */
export async function advertisedHostTowards(
  nameServers: readonly Address[],
  listenHost: string,
  { network }: World,
): Promise<string> {
  if (!isEveryAddress(listenHost)) return listenHost
  const probes = nameServers.map(async (nameServer) => {
    const connection = await network.connect(nameServer, { timeoutMs: probeTimeoutMs })
    connection.destroy()
    return connection.local.host
  })
  return Promise.any(probes).catch(() => loopback)
}
