import { dataVersion } from '../../bodies/data-version.ts'
import { optional } from '../../bodies/json.ts'
import { defineCommand, type RequestOf, type ResponseOf } from '../../define-command.ts'
import { boolean, int64, string } from '../../fields.ts'

/** QUERY_DATA_VERSION: a broker asks whether it has to register again. Counts as a heartbeat. */
export const queryDataVersion = defineCommand({
  code: 322,
  name: 'QUERY_DATA_VERSION',
  action: 'any',
  request: {
    brokerName: string(),
    brokerAddr: string(),
    clusterName: string({ resource: 'cluster' }),
    brokerId: int64(),
  },
  response: { changed: boolean() },
  requestBody: dataVersion,
  responseBody: optional(dataVersion),
})
export type QueryDataVersionRequest = RequestOf<typeof queryDataVersion>
export type QueryDataVersionResponse = ResponseOf<typeof queryDataVersion>
