import { Broker } from '@cometmq/broker'
import type { Logger } from '@cometmq/platform'
import type { BrokerConfig } from '../config/broker-config.ts'
import type { World } from '../world.ts'
import { listenFailure } from './failure.ts'

/** @throws ConfigError when it cannot listen, and whatever a broker's start throws. */
export async function startBroker(config: BrokerConfig, logger: Logger, world: World): Promise<Broker> {
  try {
    return await Broker.start(config, { ...world, logger: logger.child({ component: 'broker' }) })
  } catch (error) {
    const address = { host: config.broker.listenHost, port: config.broker.listenPort }
    throw listenFailure(error, { name: 'broker', address, portOption: '--broker-port' })
  }
}
