import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { consumeMessageDirectly, getConsumerRunningInfo, getConsumerStatusFromClient } from '@cometmq/protocol/commands'
import { invokeBrokerToGetConsumerStatus } from '@cometmq/protocol/commands/admin'
import { decodeRecord, encodeOffsetMsgId } from '@cometmq/protocol/message'
import { handle, type Processor, Refusal } from '@cometmq/remoting'
import { brokerAddress, Rig } from '../rig.ts'

async function online(rig: Rig, processors: readonly Processor[]) {
  await rig.broker()
  const consumer = rig.client('10.0.0.2', 'consumer', processors)
  await consumer.send('T', 'x')
  await consumer.join('CG', ['T'])
  return { consumer, admin: rig.client('10.0.0.9', 'admin') }
}

const about = { consumerGroup: 'CG', clientId: 'consumer' }

describe('GET_CONSUMER_RUNNING_INFO', () => {
  it('is passed on, and the answer back as it is', async () => {
    await using rig = new Rig()
    const text = '{"mqTable":{{"brokerName":"b","queueId":0,"topic":"T"}:{"locked":false}},"odd":1}'
    const info = handle(getConsumerRunningInfo, () => ({ jstackEnable }) => ({
      bytes: Buffer.from(jstackEnable ? 'stack' : text),
    }))
    const { admin } = await online(rig, [info({})])
    assert.equal((await admin.ask(getConsumerRunningInfo, about)).body.toString(), text)
    assert.equal((await admin.ask(getConsumerRunningInfo, { ...about, jstackEnable: true })).body.toString(), 'stack')
  })

  it('is refused for who is not connected', async () => {
    await using rig = new Rig()
    const { admin } = await online(rig, [])
    const asked = admin.ask(getConsumerRunningInfo, { ...about, clientId: 'other' })
    assert.deepEqual(await admin.refusal(asked), { code: 1, remark: 'The Consumer <CG> <other> not online' })
  })

  it('a refusal of the consumer is passed back, and silence ends after ten seconds', async () => {
    await using rig = new Rig()
    const answers: (() => Promise<never>)[] = [
      () => Promise.reject(new Refusal(responseCode.SYSTEM_ERROR, 'not mine')),
      () => new Promise<never>(() => {}),
    ]
    const info = handle(getConsumerRunningInfo, () => () => answers.shift()!())
    const { admin } = await online(rig, [info({})])
    assert.deepEqual(await admin.refusal(admin.ask(getConsumerRunningInfo, about)), { code: 1, remark: 'not mine' })
    const startMs = rig.clock.monotonicMs()
    const silent = admin.ask(getConsumerRunningInfo, about, { timeoutMs: 30_000 })
    assert.equal((await admin.refusal(silent)).code, responseCode.CONSUME_MSG_TIMEOUT)
    assert.ok(rig.clock.monotonicMs() - startMs >= 10_000)
  })

  it('is refused when the consumer goes before it has answered', async () => {
    await using rig = new Rig()
    const info = handle(getConsumerRunningInfo, () => () => new Promise<never>(() => {}))
    const { admin, consumer } = await online(rig, [info({})])
    const asked = admin.refusal(admin.ask(getConsumerRunningInfo, about))
    await rig.clock.advance(100)
    await consumer.disconnect()
    assert.match((await asked).remark, /not online: it disconnected before it answered/)
  })
})

describe('CONSUME_MESSAGE_DIRECTLY', () => {
  const consuming = (given: string[]) =>
    handle(consumeMessageDirectly, () => ({ brokerName, topicSysFlag, groupSysFlag }, body: Buffer) => {
      given.push(`${decodeRecord(body, 0).body} of ${brokerName}, flags ${topicSysFlag} ${groupSysFlag}`)
      return { bytes: Buffer.from('{"consumeResult":"CR_SUCCESS"}') }
    })({})

  it('the consumer is given the stored message', async () => {
    await using rig = new Rig()
    const given: string[] = []
    const { admin } = await online(rig, [consuming(given)])
    const msgId = encodeOffsetMsgId(brokerAddress, 0)
    const { body } = await admin.ask(consumeMessageDirectly, { ...about, msgId, topic: 'T' })
    assert.equal(body.toString(), '{"consumeResult":"CR_SUCCESS"}')
    assert.deepEqual(given, ['x of broker-a, flags 0 0'])
  })

  it('is refused for an id that is none, or of no message', async () => {
    await using rig = new Rig()
    const { admin } = await online(rig, [consuming([])])
    for (const msgId of ['no id', encodeOffsetMsgId(brokerAddress, 12_345), undefined])
      assert.equal((await admin.refusal(admin.ask(consumeMessageDirectly, { ...about, msgId }))).code, 1)
  })
})

describe('INVOKE_BROKER_TO_GET_CONSUMER_STATUS', () => {
  it('asks all consumers of the group, and names those that did not say', async () => {
    await using rig = new Rig()
    const queue = { brokerName: 'broker-a', queueId: 0, topic: 'T' }
    const says = handle(getConsumerStatusFromClient, () => () => ({
      body: { consumerTable: {}, messageQueueTable: new Map([[queue, 5]]) },
    }))
    const { admin } = await online(rig, [says({})])
    const deaf = rig.client('10.0.0.3', 'deaf')
    await deaf.join('CG', ['T'])
    const { body, remark } = await admin.ask(invokeBrokerToGetConsumerStatus, { topic: 'T', group: 'CG' })
    assert.deepEqual(Object.keys(body.consumerTable), ['consumer'])
    assert.deepEqual([...body.consumerTable.consumer!], [[queue, 5]])
    assert.match(remark ?? '', /^no answer from deaf: /)
    const nobody = admin.ask(invokeBrokerToGetConsumerStatus, { topic: 'T', group: 'NONE' })
    assert.equal((await admin.refusal(nobody)).code, responseCode.CONSUMER_NOT_ONLINE)
  })
})
