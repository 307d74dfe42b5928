import type { Address, LogLevel } from '@cometmq/platform'
import type { Shard } from './shard.ts'

/** What the command line of a server says; an option that is not given is left out. */
export interface ServerOptions {
  data?: string
  listen?: string
  advertise?: string
  namesrvPort?: number
  brokerPort?: number
  namesrv?: Address[]
  config?: string
  /** How many brokers to run, each in a process of its own. */
  shards?: number
  /** Which of them this process is; only the process that started it says so. */
  shard?: Shard
  logLevel: LogLevel
  json: boolean
}
