import type { Logger } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import { unregisterBroker as command } from '@cometmq/protocol/commands'
import { handle, Refusal } from '@cometmq/remoting'
import type { Departures } from '../departures.ts'

interface UnregisterBrokerDeps {
  departures: Departures
  logger: Logger
}

/** A broker leaves. Once it is answered nobody is sent to it any more. */
export const unregisterBroker = handle(command, ({ departures, logger }: UnregisterBrokerDeps) => async (request) => {
  const { clusterName, brokerName, brokerId, brokerAddr } = request
  const broker = { cluster: clusterName, brokerName, brokerId, brokerAddress: brokerAddr }
  const departed = departures.submit(broker)
  if (departed === undefined) {
    throw new Refusal(
      responseCode.SYSTEM_ERROR,
      `${departures.capacity} brokers are leaving this NameServer at this moment (unRegisterBrokerQueueCapacity); ask again`,
    )
  }
  await departed
  logger.info(broker, 'a broker unregistered')
  return {}
})
