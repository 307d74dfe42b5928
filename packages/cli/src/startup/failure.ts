import { type Address, CometError, formatAddress, messageOf, NetworkError } from '@cometmq/platform'
import { ConfigError } from '../config/config-error.ts'

/** The one line that says why a command ended; with `isDebugging` the stack and the causes follow. */
export function failureLine(error: unknown, isDebugging: boolean): string {
  const bug = error instanceof CometError ? '' : ' (this is a bug in CometMQ; --log-level debug shows where)'
  const line = `cometmq: ${messageOf(error).replaceAll('\n', ' ')}${isDebugging ? '' : bug}`
  return isDebugging ? `${line}\n${stacks(error)}` : line
}

function stacks(error: unknown): string {
  if (!(error instanceof Error)) return ''
  const own = error.stack ?? error.message
  return error.cause === undefined ? own : `${own}\ncaused by: ${stacks(error.cause)}`
}

/** Why a server could not listen, and which option changes it. Any other error comes back as it is. */
export function listenFailure(error: unknown, server: { name: string; address: Address; portOption: string }): unknown {
  if (!(error instanceof NetworkError)) return error
  const { name, address, portOption } = server
  switch (error.systemCode) {
    case 'EADDRINUSE':
      return new ConfigError(
        `port ${address.port} for the ${name} is in use, perhaps by another one that is running; end that, or choose a free port with ${portOption}`,
        error,
      )
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError(
        `the ${name} cannot listen on ${formatAddress(address)}: this machine has no such address; choose one that it has with --listen`,
        error,
      )
    case 'EACCES':
      return new ConfigError(
        `the ${name} may not listen on port ${address.port}; choose one above 1023 with ${portOption}`,
        error,
      )
    default:
      return error
  }
}
