import { encodePropertiesText } from '@cometmq/protocol/bodies'
import { getNamesrvConfig as command } from '@cometmq/protocol/commands'
import { handle } from '@cometmq/remoting'
import type { LiveOptions } from '../live-options.ts'
import { propertiesOf } from '../options.ts'

export const getNamesrvConfig = handle(command, ({ options }: { options: LiveOptions }) => () => ({
  bytes: Buffer.from(encodePropertiesText(propertiesOf(options.current))),
}))
