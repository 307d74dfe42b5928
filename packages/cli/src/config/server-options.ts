import type { Address, LogLevel } from '@cometmq/platform'

/** What the command line of a server says; an option that is not given is left out. */
export interface ServerOptions {
  data?: string
  listen?: string
  advertise?: string
  namesrvPort?: number
  brokerPort?: number
  namesrv?: Address[]
  config?: string
  logLevel: LogLevel
  json: boolean
}
