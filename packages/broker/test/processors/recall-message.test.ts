import assert from 'node:assert/strict'
import { test } from 'node:test'
import { recallMessage } from '@cometmq/protocol/commands'
import { decodeProperties, systemTopics } from '@cometmq/protocol/message'
import { encodeRecallHandle } from '../../src/timer/recall-handle.ts'
import { Rig } from '../rig.ts'
// Loaded before: the broker loads it with its first timer, which takes time that the simulated clock does not know of.
import '../../src/timer/timer-delivery.ts'

async function rigWithTopic(options: Parameters<Rig['broker']>[0] = { recall: true }) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker(options)
  const client = rig.client()
  await client.createTopic('T1')
  await client.createTopic('T2')
  return { rig, broker, client }
}

test('each reason to refuse has its code and remark', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const now = rig.clock.now()
  const handle = (dueMs: number, brokerName = 'broker-a') =>
    encodeRecallHandle({ topic: 'T1', brokerName, uniqKey: 'K' }, dueMs)
  const cases: [topic: string, recallHandle: string, code: number, remark: RegExp][] = [
    ['NOWHERE', handle(now + 5_000), 17, /^recall failed, the topic\[NOWHERE\] not exist/],
    ['T1', 'junk', 604, /^recall handle is invalid/],
    ['T2', handle(now + 5_000), 604, /^recall failed, topic not match: .*T1.*T2/],
    ['T1', handle(now + 5_000, 'broker-b'), 604, /^recall failed, broker service not available: .*broker-b/],
    ['T1', handle(now - 1), 604, /^recall failed, timestamp invalid/],
    ['T1', handle(now + 300_000_000), 604, /^recall failed, timestamp invalid: .*259200 s/],
  ]
  for (const [topic, recallHandle, code, remark] of cases) {
    const refused = await client.refusal(client.remoting.invoke(client.address, recallMessage, { topic, recallHandle }))
    assert.equal(refused.code, code, `${topic} ${recallHandle}`)
    assert.match(refused.remark, remark)
  }
})

test('a broker that does not serve it says which setting is the cause', async () => {
  for (const [options, code, remark] of [
    [{}, 16, /recallMessageEnable/],
    [{ recall: true, timers: false }, 1, /timerWheelEnable/],
  ] as const) {
    const { rig, client } = await rigWithTopic(options)
    await using _ = rig
    const recallHandle = encodeRecallHandle(
      { topic: 'T1', brokerName: 'broker-a', uniqKey: 'K' },
      rig.clock.now() + 900,
    )
    const refused = await client.refusal(
      client.remoting.invoke(client.address, recallMessage, { topic: 'T1', recallHandle }),
    )
    assert.equal(refused.code, code)
    assert.match(refused.remark, remark)
  }
})

test('what takes back waits in the queue of timers, for the same second, as Apache stores it', async () => {
  const { rig, client } = await rigWithTopic()
  await using _ = rig
  const dueMs = rig.clock.now() + 5_999
  const { recallHandle, transactionId } = await client.send('T1', 'x', {
    properties: `TIMER_DELIVER_MS\u0001${dueMs}\u0002`,
  })
  const { fields } = await client.ask(recallMessage, { topic: 'T1', recallHandle: recallHandle! })
  assert.equal(fields.msgId, transactionId)
  const [, message] = (await client.pull(systemTopics.TIMER_WHEEL, 0)).messages
  const found = Object.fromEntries(decodeProperties(message!.properties))
  assert.equal(message!.body.toString(), '0')
  assert.deepEqual(
    [found.TAGS, found.TIMER_DEL_UNIQKEY, found.TIMER_DELIVER_MS, found.TIMER_OUT_MS, found.REAL_TOPIC, found.REAL_QID],
    ['_RECALL_TAG_', transactionId, String(dueMs + 1), String(dueMs), 'T1', '0'],
  )
  await rig.clock.advance(10_000)
  assert.deepEqual(await client.bodies('T1'), [])
})
