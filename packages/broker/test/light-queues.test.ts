import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lightOffsetsFile } from '@cometmq/protocol/bodies'
import { encodeProperties, propertyOf } from '@cometmq/protocol/message'
import { configDirectory, Rig } from './rig.ts'

const store = { enableLmq: true, enableMultiDispatch: true }
const to = (names: string) => ({ properties: encodeProperties([['INNER_MULTI_DISPATCH', names]]) })

test('a light queue is read by its name, by pulls that wait too', async () => {
  await using rig = new Rig()
  await rig.broker({ lightQueues: true }, store)
  const client = rig.client()
  const held = client.pulling('%LMQ%a', 0, { holdMs: 20_000 })
  await rig.clock.advance(50)
  await client.send('T', 'one', to('%LMQ%a,%LMQ%b'))
  assert.equal((await rig.clock.until(held)).code, 0)
  await client.send('T', 'two', to('%LMQ%a'))
  assert.deepEqual(await client.bodies('%LMQ%a'), ['one', 'two'])
  assert.deepEqual(await client.bodies('%LMQ%b'), ['one'])
  assert.equal((await client.pull('%LMQ%a', 0)).fields.maxOffset, 2)
})

test('groups named like light queues have one offset in a topic, in the file where Apache has it', async () => {
  await using rig = new Rig()
  const broker = await rig.broker({ lightQueues: true }, store)
  const client = rig.client()
  await client.send('T', 'one', to('%LMQ%a'))
  await client.pull('T', 0)
  await client.commit('%LMQ%g', '%LMQ%a', 1)
  await client.commit('CG', 'T', 1)
  await rig.stop(broker)
  const file = lightOffsetsFile.decode(await rig.files.readFile(`${configDirectory}/lmqConsumerOffset.json`))
  assert.deepEqual(file.lmqOffsetTable, new Map([['%LMQ%a@%LMQ%g', 1]]))
  assert.deepEqual(file.offsetTable, new Map([['T@CG', new Map([[0, 1]])]]))
  await rig.broker({ lightQueues: true }, store)
  const again = rig.client('10.0.0.3')
  assert.deepEqual([await again.committed('%LMQ%g', '%LMQ%a'), await again.committed('CG', 'T')], [1, 1])
})

test('the quota is told with code 2017, and without light queues their names are unknown', async () => {
  await using rig = new Rig()
  await rig.broker({ lightQueues: true }, { ...store, enableLmqQuota: true, maxLmqConsumeQueueNum: 1 })
  const client = rig.client()
  await client.send('T', 'one', to('%LMQ%a'))
  const { code, remark } = await client.refusal(client.sending('T', 'two', to('%LMQ%b')))
  assert.equal(code, 2017)
  assert.match(remark, /^\[LMQ_CONSUME_QUEUE_NUM_EXCEEDED\]/)
  await using plain = new Rig()
  await plain.broker()
  const other = plain.client()
  await other.send('T', 'one', to('%LMQ%a'))
  assert.equal((await other.refusal(other.pulling('%LMQ%a', 0))).code, 17)
})

test('offsets in light queues come from the store alone', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const forged = encodeProperties([
    ['INNER_MULTI_DISPATCH', '%LMQ%a'],
    ['INNER_MULTI_QUEUE_OFFSET', '1000000'],
  ])
  await client.send('T', 'x', { properties: forged })
  const { messages } = await client.pull('T', 0)
  assert.equal(propertyOf(messages[0]!.properties, 'INNER_MULTI_QUEUE_OFFSET'), undefined)
})
