import { defineCommand } from '../../define-command.ts'

/** CLEAN_UNUSED_TOPIC: remove the queues of topics that the broker does not know. */
export const cleanUnusedTopic = defineCommand({ code: 316, name: 'CLEAN_UNUSED_TOPIC', action: 'delete' })
