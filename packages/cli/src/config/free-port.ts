import type { World } from '../world.ts'

/** A port that is free right now. */
export async function freePort(host: string, { network }: World): Promise<number> {
  const listener = await network.listen({ host, port: 0 }, (connection) => connection.destroy())
  await listener.close()
  return listener.address.port
}
