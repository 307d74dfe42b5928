import { join } from 'node:path'
import type { Logger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem, nodeNetwork, nodeRandom } from '@cometmq/platform/node'
import { storeOptions } from '@cometmq/store'
import * as v from 'valibot'
import { Broker, brokerOptions } from '../../src/index.ts'

// A broker as a process of its own, to be killed: `node broker-process.ts <directory> <store options as JSON>`. Each line that it prints is JSON;
// the line with a port says that it serves.

const print = (line: object) => void process.stdout.write(`${JSON.stringify(line)}\n`)
const write = (fields: object, message: string) => print({ ...fields, message })
const logger: Logger = { debug() {}, info: write, warn: write, error: write, child: () => logger }

const [directory = '', settings = '{}'] = process.argv.slice(2)
const broker = await Broker.start(
  {
    broker: v.parse(brokerOptions, {
      advertiseHost: '127.0.0.1',
      listenHost: '127.0.0.1',
      listenPort: 0,
      configDirectory: join(directory, 'config'),
    }),
    store: v.parse(storeOptions, {
      storePathRootDir: directory,
      storeHost: { host: '127.0.0.1', port: 1 },
      ...JSON.parse(settings),
    }),
  },
  { clock: nodeClock, network: nodeNetwork, random: nodeRandom, files: nodeFileSystem, logger, pid: process.pid },
)
print({ port: broker.address.port })
process.on('SIGTERM', () => void broker.close().then(() => process.exit(0)))
// The clock's timers do not keep a process.
setInterval(() => undefined, 3_600_000)
