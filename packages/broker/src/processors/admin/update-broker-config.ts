import { decodePropertiesText } from '@cometmq/protocol/bodies'
import { updateBrokerConfig } from '@cometmq/protocol/commands/admin'
import { handle } from '@cometmq/remoting'
import type { LiveConfig } from '../../runtime/live-config.ts'

/** UPDATE_BROKER_CONFIG: changes options while the broker runs. Differs: what would have no effect is refused and not ignored. */
export const changeBrokerConfig = handle(
  updateBrokerConfig,
  ({ config }: { config: LiveConfig }) =>
    async (_request, body: Buffer) => {
      await config.update(decodePropertiesText(body.toString()))
      return {}
    },
)
