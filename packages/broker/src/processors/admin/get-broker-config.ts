import { encodePropertiesText } from '@cometmq/protocol/bodies'
import { getBrokerConfig } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { LiveConfig } from '../../runtime/live-config.ts'

/** GET_BROKER_CONFIG: the options that are in force, by name. Only those that this broker has. */
export const brokerConfig = handle(
  getBrokerConfig,
  ({ config, startedAt }: { config: LiveConfig; startedAt: number }) =>
    () => ({
      fields: { version: JSON.stringify({ counter: config.changes, stateVersion: 0, timestamp: startedAt }) },
      bytes: Buffer.from(encodePropertiesText(config.entries())),
    }),
)
