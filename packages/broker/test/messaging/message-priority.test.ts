import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeProperties, propertyOf } from '@cometmq/protocol/message'
import { Rig } from '../rig.ts'

const withPriority = (priority: string, more: Record<string, string> = {}) =>
  encodeProperties(Object.entries({ UNIQ_KEY: '0A00000100002A00000000000000', _SYS_MSG_PRIORITY_: priority, ...more }))

test('a message goes to the queue of its priority, and the answer says so', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T', { queues: 4 })
  const queueOf = async (priority: string, more?: Record<string, string>) =>
    (await client.send('T', 'm', { queueId: 1, properties: withPriority(priority, more) })).queueId
  assert.deepEqual([await queueOf('0'), await queueOf('2'), await queueOf('3'), await queueOf('99')], [0, 2, 3, 3])
  assert.deepEqual([await queueOf('-1'), await queueOf('high'), await queueOf('2', { __SHARDINGKEY: 'k' })], [1, 1, 1])
  const { messages } = await client.pull('T', 0, { queueId: 1 })
  assert.deepEqual(
    messages.map(({ properties }) => propertyOf(properties, '_SYS_MSG_PRIORITY_')),
    ['-1', 'high', undefined],
  )
})
