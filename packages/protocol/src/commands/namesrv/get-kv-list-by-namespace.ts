import { kvTable } from '../../bodies/tables.ts'
import { defineCommand, type RequestOf } from '../../define-command.ts'
import { string } from '../../fields.ts'

/** GET_KVLIST_BY_NAMESPACE: all keys of a namespace with their values. */
export const getKvListByNamespace = defineCommand({
  code: 219,
  name: 'GET_KVLIST_BY_NAMESPACE',
  action: 'list',
  request: { namespace: string() },
  responseBody: kvTable,
})
export type GetKvListByNamespaceRequest = RequestOf<typeof getKvListByNamespace>
