import assert from 'node:assert/strict'
import { test } from 'node:test'
import { resumeCheckHalfMessage } from '@cometmq/protocol/commands'
import { encodeOffsetMsgId, systemTopics } from '@cometmq/protocol/message'
import { brokerAddress, Rig } from '../../rig.ts'
import { checkTimesOf, TestProducer } from '../../transactions/test-producer.ts'

test('a transaction that was given up is asked about again when an administrator wants it', async () => {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  await rig.broker({ transactionTimeoutMs: 500, transactionCheckMs: 1_000, transactionChecks: 2 })
  const client = rig.client()
  await client.createTopic('T1')
  const producer = new TestProducer(rig)
  await producer.join()
  await producer.prepare('T1', 'given up')
  await rig.clock.advance(5_000)
  assert.equal(producer.asked.length, 2)
  const [message] = (await client.pull(systemTopics.TRANS_CHECK_MAX_TIME, 0)).messages
  producer.answer = () => 'commit'
  const msgId = encodeOffsetMsgId(brokerAddress, message!.physicalOffset)
  await client.ask(resumeCheckHalfMessage, { topic: systemTopics.TRANS_CHECK_MAX_TIME, msgId })
  await rig.clock.advance(2_000)
  assert.equal(checkTimesOf(producer.asked.at(-1)!.message), '1')
  assert.deepEqual(await client.bodies('T1'), ['given up'])
  const plain = await client.send('T1', 'plain')
  for (const wrong of [plain.msgId, 'x', encodeOffsetMsgId(brokerAddress, 77)]) {
    const asked = client.remoting.invoke(brokerAddress, resumeCheckHalfMessage, { msgId: wrong })
    assert.equal((await client.refusal(asked)).code, 1)
  }
})
