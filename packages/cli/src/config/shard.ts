import { dirname, join, relative } from 'node:path'
import type { BrokerOptions } from '@cometmq/broker'
import { ConfigError } from './config-error.ts'

/** One of the brokers that `--shards` starts. The first is number 0, and is what it would be without `--shards`. */
export interface Shard {
  readonly number: number
  readonly count: number
}

/** More brokers on one machine than this are a slip of the pen. */
export const mostShards = 64
/** From the port of one shard to that of the next: room for the VIP port two below, and the replication port one above. */
const portStep = 10
const highestPort = 65_535

/** `1/4`: shard 1 of 4. */
export function parseShard(text: string): Shard | undefined {
  const [, number, count] = /^(\d{1,2})\/(\d{1,2})$/.exec(text) ?? []
  const shard = { number: Number(number), count: Number(count) }
  return number !== undefined && shard.number < shard.count && shard.count <= mostShards ? shard : undefined
}

export function formatShard({ number, count }: Shard): string {
  return `${number}/${count}`
}

export function shardName(brokerName: string, number: number): string {
  return number === 0 ? brokerName : `${brokerName}-${number}`
}

/** The options of a shard, from those of the first. @throws ConfigError when there are not so many ports */
export function shardBroker(first: BrokerOptions, { number }: Shard): BrokerOptions {
  return {
    ...first,
    brokerName: shardName(first.brokerName, number),
    listenPort: shardPort(first.listenPort, number),
    ...(first.haListenPort !== undefined && { haListenPort: shardPort(first.haListenPort, number) }),
  }
}

/** A free port is a free port for each. */
function shardPort(first: number, number: number): number {
  const port = first === 0 ? 0 : first + number * portStep
  if (port > highestPort)
    throw new ConfigError(
      `shard ${number} would listen on port ${port}, ${portStep} above the one before it: choose a lower port with --broker-port`,
    )
  return port
}

interface StorePaths {
  storePathRootDir: string
  storePathCommitLog?: string
}

/** Where a shard keeps what the first keeps in `paths`: `DIR/store` becomes `DIR/shards/1/store`, and what lies in it stays there. */
export function shardStorePaths<P extends StorePaths>(paths: P, { number }: Shard): P {
  if (number === 0) return paths
  const { storePathRootDir: root, storePathCommitLog: log } = paths
  const ofShard = (path: string) => join(shardsFolder(path), String(number), relative(dirname(path), path))
  const inRoot = log === undefined ? undefined : relative(root, log)
  const shardLog = inRoot === undefined || inRoot.startsWith('..') ? log && ofShard(log) : join(ofShard(root), inRoot)
  return { ...paths, storePathRootDir: ofShard(root), ...(shardLog !== undefined && { storePathCommitLog: shardLog }) }
}

/** The folder in which further shards lie, given the store of the first. */
export function shardsFolder(firstStore: string): string {
  return join(dirname(firstStore), 'shards')
}

/** Changes that administrators make at run time are noted for each shard by itself: two that wrote one file would undo each other's. */
export function shardConfigPath(config: string, { number }: Shard): string {
  return number === 0 ? config : `${config}.shard-${number}`
}
