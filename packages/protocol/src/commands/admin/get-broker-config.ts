import { defineCommand, type ResponseOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_BROKER_CONFIG: the broker's options as properties text. */
export const getBrokerConfig = defineCommand({
  code: 26,
  name: 'GET_BROKER_CONFIG',
  action: 'get',
  response: {
    /** DataVersion as JSON. */
    version: string({ optional: true }),
  },
})
export type GetBrokerConfigResponse = ResponseOf<typeof getBrokerConfig>
