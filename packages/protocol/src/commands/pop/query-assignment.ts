import { queryAssignmentRequest, queryAssignmentResponse } from '../../bodies/assignment.ts'
import { defineCommand } from '../../define-command.ts'

/** QUERY_ASSIGNMENT: which queues of a topic a consumer is to read, and whether it pulls or pops. */
export const queryAssignment = defineCommand({
  code: 400,
  name: 'QUERY_ASSIGNMENT',
  action: 'sub',
  requestBody: queryAssignmentRequest,
  responseBody: queryAssignmentResponse,
})
