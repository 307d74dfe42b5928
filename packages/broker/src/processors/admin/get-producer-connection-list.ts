import { responseCode } from '@cometmq/protocol'
import { getProducerConnectionList } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { ProducerGroups } from '../../connections/producer-groups.ts'
import { connectionOf } from './get-consumer-connection-list.ts'

/** GET_PRODUCER_CONNECTION_LIST: who is connected of a producer group. */
export const producerConnectionList = handle(
  getProducerConnectionList,
  ({ producers }: { producers: ProducerGroups }) =>
    ({ producerGroup }) => {
      const members = producers.members(producerGroup)
      if (members === undefined)
        throw new Refusal(responseCode.SYSTEM_ERROR, `the producer group[${producerGroup}] not exist`)
      return { body: { connectionSet: Array.from(members.values(), connectionOf) } }
    },
)
