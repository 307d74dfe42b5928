import { type Address, formatAddress, type Logger, systemCodeOf } from '@cometmq/platform'
import type { World } from '../world.ts'

const dialTimeoutMs = 1_000

/** Connects to the address that clients are told, as a client would, and warns when that fails. */
export async function warnIfUnreachable(advertised: Address, logger: Logger, world: World): Promise<void> {
  // A machine that is busy, with our own start say, may miss the time once.
  const first = await failureToDial(advertised, world)
  const failure = first === 'ETIMEDOUT' ? await failureToDial(advertised, world) : first
  if (failure === undefined) return
  const candidates = world.hostAddresses().join(', ') || '127.0.0.1'
  logger.warn(
    { advertised: formatAddress(advertised), reason: failure },
    `cannot connect to our own advertised address ${formatAddress(advertised)}, so clients will fail too; start with --advertise <address>, for example one of: ${candidates}`,
  )
}

/** The system's code of why it does not answer; `undefined` when it does. */
async function failureToDial(address: Address, { network }: World): Promise<string | undefined> {
  try {
    const connection = await network.connect(address, { timeoutMs: dialTimeoutMs })
    connection.destroy()
    return undefined
  } catch (error) {
    return systemCodeOf(error)
  }
}
