import { silentLogger } from '@cometmq/platform'
import { defineCommand, int32, string } from '@cometmq/protocol'
import { handle, Lane, RemotingClient, RemotingServer, type Route, Router } from '@cometmq/remoting'
import { SeededRandom, SimulatedClock, SimulatedNetwork } from '@cometmq/testkit/sim'

/** Answers with what it was asked, later or never, as the request says. */
export const echo = defineCommand({
  code: 9001,
  name: 'ECHO',
  action: 'any',
  request: { text: string(), delayMs: int32({ default: 0 }), hold: int32({ default: 0 }) },
  response: { text: string() },
})

export interface Rig {
  clock: SimulatedClock
  network: SimulatedNetwork
  server: RemotingServer
  client: RemotingClient
  echoLane: Lane
  logged: { fields: Record<string, unknown>; message: string }[]
  address: { host: string; port: number }
  close(): Promise<void>
}

/** A server and a client on two simulated hosts. */
export async function rig(
  options: {
    seed?: number
    laneLimit?: number
    routes?: (clock: SimulatedClock) => Route[]
    more?: () => Promise<readonly Route[]>
    clientRouter?: Router
  } = {},
): Promise<Rig> {
  const clock = new SimulatedClock()
  const network = new SimulatedNetwork({ clock, random: new SeededRandom(options.seed ?? 1) })
  const logged: Rig['logged'] = []
  const logger = {
    ...silentLogger,
    warn: (fields: object, message: string) => void logged.push({ fields: fields as Record<string, unknown>, message }),
  }
  const echoLane = new Lane('echo', options.laneLimit ?? 1_000)
  const answer = handle(echo, () => async ({ text, delayMs, hold }, body, context) => {
    if (hold > 0) context.hold()
    if (delayMs > 0) await new Promise<void>((resolve) => clock.after(delayMs, resolve))
    return { fields: { text }, body }
  })
  const routes = [{ processor: answer({}), lane: echoLane }, ...(options.routes?.(clock) ?? [])]
  const address = { host: '10.0.0.1', port: 10_911 }
  const serverWorld = { clock, logger, network: network.host(address.host) }
  const router = new Router(routes, logger, options.more && { more: options.more })
  const server = new RemotingServer({ listen: address }, router, serverWorld)
  await server.start()
  const clientOptions = options.clientRouter === undefined ? {} : { router: options.clientRouter }
  const client = new RemotingClient(clientOptions, { clock, logger, network: network.host('10.0.0.2') })
  const close = async () => {
    await clock.until(client.close())
    await clock.until(server.close())
  }
  return { clock, network, server, client, echoLane, logged, address, close }
}
