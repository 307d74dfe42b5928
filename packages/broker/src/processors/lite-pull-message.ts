import { responseCode } from '@cometmq/protocol'
import { litePullMessage } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import { type PullDeps, readMessages } from '../messaging/read-messages.ts'

/** The same as PULL_MESSAGE for lite pull consumers, which a broker may switch off. */
export const litePull = handle(litePullMessage, (deps: PullDeps) => {
  const read = readMessages(deps)
  return (request, body, context) => {
    if (!deps.options.litePull) {
      throw new Refusal(
        responseCode.NO_PERMISSION,
        `the broker[${deps.options.brokerName}] for lite pull consumer is forbidden: its litePullMessageEnable is false`,
      )
    }
    return read(request, body, context)
  }
})
