import { clusterInfo } from '../../bodies/tables.ts'
import { defineCommand } from '../../define-command.ts'

/** GET_BROKER_CLUSTER_INFO: all clusters with their brokers. */
export const getBrokerClusterInfo = defineCommand({
  code: 106,
  name: 'GET_BROKER_CLUSTER_INFO',
  action: 'get',
  responseBody: clusterInfo,
})
