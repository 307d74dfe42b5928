import { Lane } from '@cometmq/remoting'
import * as v from 'valibot'
import { type BrokerOptions, brokerOptions, type OptionAbout } from './options.ts'

/** How many requests of each kind may be in progress, by the options that say so. The usual limits are those of Apache's queues. */
export function brokerLanes(options: BrokerOptions) {
  const lane = (name: string, option: keyof BrokerOptions & `${string}Requests`) => {
    const { property } = v.getMetadata(brokerOptions.entries[option]) as unknown as OptionAbout
    return new Lane(name, options[option], property)
  }
  return {
    send: lane('send', 'sendRequests'),
    reply: lane('reply', 'replyRequests'),
    pull: lane('pull', 'pullRequests'),
    litePull: lane('lite pull', 'litePullRequests'),
    heartbeat: lane('heartbeat', 'heartbeatRequests'),
    query: lane('query', 'queryRequests'),
    client: lane('client manage', 'clientRequests'),
    consumer: lane('consumer manage', 'consumerRequests'),
    transaction: lane('end transaction', 'transactionRequests'),
    acknowledge: lane('acknowledge', 'acknowledgeRequests'),
    assign: lane('load balance', 'assignmentRequests'),
    admin: lane('admin', 'adminRequests'),
  }
}
