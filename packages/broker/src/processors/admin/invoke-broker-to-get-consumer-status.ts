import { messageOf } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import type { ConsumerStatus } from '@cometmq/protocol/bodies'
import { getConsumerStatusFromClient } from '@cometmq/protocol/commands'
import { invokeBrokerToGetConsumerStatus } from '@cometmq/protocol/commands/admin'
import { handle, Refusal } from '@cometmq/remoting'
import type { ConsumerGroups, Member } from '../../connections/consumer-groups.ts'

const timeoutMs = 5_000

/** INVOKE_BROKER_TO_GET_CONSUMER_STATUS: the consumers of a group are asked at once where they are in a topic. The remark names those that did not say. */
export const consumerOffsetsByClient = handle(
  invokeBrokerToGetConsumerStatus,
  ({ consumers }: { consumers: ConsumerGroups }) =>
    async ({ group, topic, clientAddr = '' }, _body, context) => {
      const online = [...(consumers.get(group)?.members.values() ?? [])]
      const asked = clientAddr.trim() === '' ? online : online.filter(({ clientId }) => clientId === clientAddr)
      if (asked.length === 0) {
        const who =
          clientAddr.trim() === ''
            ? 'No Any Consumer online in the consumer group'
            : `the client ${clientAddr} is not online in the consumer group`
        throw new Refusal(responseCode.CONSUMER_NOT_ONLINE, `${who}: [${group}]`)
      }
      context.hold()
      const consumerTable: ConsumerStatus['consumerTable'] = {}
      const silent: string[] = []
      const ask = async ({ peer, clientId }: Member) => {
        try {
          const { body } = await peer.invoke(getConsumerStatusFromClient, { topic, group, clientAddr }, { timeoutMs })
          consumerTable[clientId] = body.messageQueueTable
        } catch (error) {
          silent.push(`${clientId}: ${messageOf(error)}`)
        }
      }
      await Promise.all(asked.map(ask))
      return {
        body: { consumerTable, messageQueueTable: new Map() },
        ...(silent.length > 0 && { remark: `no answer from ${silent.join('; ')}` }),
      }
    },
)
