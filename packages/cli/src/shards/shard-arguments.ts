import { formatAddress } from '@cometmq/platform'
import type { ServerOptions } from '../config/server-options.ts'
import { formatShard, type Shard } from '../config/shard.ts'

/** The command line of one shard's process, from the options that all of them share. */
export function shardArguments(options: ServerOptions, shard: Shard): string[] {
  const { data, listen, advertise, brokerPort, namesrv, config, logLevel, json } = options
  const given: [option: string, value: string | undefined][] = [
    ['--shard', formatShard(shard)],
    ['--data', data],
    ['--listen', listen],
    ['--advertise', advertise],
    ['--broker-port', brokerPort?.toString()],
    ['--namesrv', namesrv?.map(formatAddress).join(';')],
    ['--config', config],
    ['--log-level', logLevel],
  ]
  const values = given.flatMap(([option, value]) => (value === undefined ? [] : [option, value]))
  return ['broker', ...values, ...(json ? ['--json'] : [])]
}
