import type { Logger } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { decodePropertiesText } from '@cometmq/protocol/bodies'
import { updateNamesrvConfig as command } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import { OptionError } from '../error.ts'
import type { LiveOptions } from '../live-options.ts'

interface UpdateNamesrvConfigDeps {
  options: LiveOptions
  logger: Logger
}

/** An administrator changes options while the NameServer runs. */
export const updateNamesrvConfig = handle(
  command,
  ({ options, logger }: UpdateNamesrvConfigDeps) =>
    async (_, body) => {
      const properties = decodePropertiesText(body.toString())
      const listed = options.firstListed(properties)
      if (listed !== undefined) {
        throw new Refusal(
          responseCode.NO_PERMISSION,
          `Can not update config in black list.: ${listed} may not be changed over the network (configBlackList)`,
        )
      }
      try {
        const unknown = await options.update(properties)
        logger.info({ properties: Object.fromEntries(properties), unknown }, 'options changed')
      } catch (error) {
        if (error instanceof OptionError) throw new Refusal(responseCode.SYSTEM_ERROR, error.message, error)
        throw error
      }
      return {}
    },
)
