import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { peekMessage } from '@cometmq/protocol/commands/pop'
import { TestPopper } from '../../pop/test-popper.ts'
import { Rig } from '../../rig.ts'
import { recordsOf } from '../../test-client.ts'

test('PEEK_MESSAGE shows what a pop would bring, and takes nothing', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await rig.broker()
  const client = rig.client()
  const popper = new TestPopper(client)
  await client.createTopic('T')
  for (let i = 0; i < 4; i++) await client.send('T', `m${i}`)
  assert.deepEqual(await popper.bodies('T', { max: 1 }), ['m0'])
  const request = { topic: 'T', queueId: -1, maxMsgNums: 2, consumerGroup: 'PG' }
  for (let times = 0; times < 2; times++) {
    const { fields, body } = await client.ask(peekMessage, request)
    assert.deepEqual(
      [recordsOf(body).map((message) => message.body.toString()), fields.restNum, fields.popTime],
      [['m1', 'm2'], 1, 0],
    )
  }
  assert.deepEqual(await popper.bodies('T'), ['m1', 'm2', 'm3'])
  const nothing = client.remoting.invoke(client.address, peekMessage, request)
  assert.equal((await client.refusal(nothing)).code, responseCode.PULL_NOT_FOUND)
})
