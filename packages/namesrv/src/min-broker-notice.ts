import { type Logger, messageOf, parseAddress } from '@cometmq/platform'
import { notifyMinBrokerIdChange } from '@cometmq/protocol/commands'
import type { RemotingClient } from '@cometmq/remoting'
import type { MinIdChange } from './routing/min-id-change.ts'

/** Tells the brokers of a group that its smallest id has changed. Who cannot be reached finds out by its own poll. */
export async function announceMinIdChange(change: MinIdChange, client: RemotingClient, logger: Logger): Promise<void> {
  const { brokerName, minBrokerId, minBrokerAddress, offlineAddress, haAddress, recipients } = change
  logger.info({ brokerName, minBrokerId, recipients }, 'the smallest broker id changed')
  const notice = {
    minBrokerId,
    minBrokerAddr: minBrokerAddress,
    offlineBrokerAddr: offlineAddress,
    haBrokerAddr: haAddress,
  }
  await Promise.all(
    recipients.map(async (recipient) => {
      const address = parseAddress(recipient)
      if (address === undefined) return logger.warn({ brokerName, recipient }, 'a broker registered no valid address')
      try {
        await client.oneway(address, notifyMinBrokerIdChange, notice)
      } catch (error) {
        logger.warn({ brokerName, recipient, reason: messageOf(error) }, 'a broker was not told of the smallest id')
      }
    }),
  )
}
