import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  heartBeat,
  type PushReplyMessageToClientRequest,
  pushReplyMessageToClient,
  sendReplyMessage,
  sendReplyMessageV2,
  unregisterClient,
} from '@cometmq/protocol/commands'
import { decodeProperties, encodeProperties } from '@cometmq/protocol/message'
import { handle } from '@cometmq/remoting'
import { brokerAddress, Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const replyTopic = 'DefaultCluster_REPLY_TOPIC'

interface Pushed {
  request: PushReplyMessageToClientRequest
  body: string
}

/** A broker, a producer that asks, and a consumer that replies. */
async function stage(options = {}, answer: (pushed: Pushed) => object | Promise<object> = () => ({})) {
  const rig = new Rig()
  const broker = await rig.broker(options)
  const received: Pushed[] = []
  const receive = handle(pushReplyMessageToClient, () => (request, body) => {
    const pushed = { request, body: body.toString() }
    received.push(pushed)
    return answer(pushed)
  })
  const asker = rig.client('10.0.0.3', 'asker', [receive({})])
  await beat(asker, 'PG')
  return { rig, broker, asker, replier: rig.client(), received }
}

const beat = (client: TestClient, group: string) => {
  const body = {
    clientID: client.clientId,
    producerDataSet: [{ groupName: group }],
    consumerDataSet: [],
    heartbeatFingerprint: 0,
    withoutSub: false,
  }
  return client.ask(heartBeat, {}, { body })
}

const propertiesFor = (clientId: string, more: Record<string, string> = {}) =>
  encodeProperties(
    Object.entries({ MSG_TYPE: 'reply', CORRELATION_ID: 'c1', REPLY_TO_CLIENT: clientId, TTL: '3000', ...more }),
  )

function replying(client: TestClient, properties = propertiesFor('asker'), command = sendReplyMessageV2) {
  const request = client.sendRequest(replyTopic, { properties, flag: 7 })
  return client.remoting.invoke(brokerAddress, command, request, { body: Buffer.from('pong'), timeoutMs: 20_000 })
}

for (const command of [sendReplyMessage, sendReplyMessageV2]) {
  test(`${command.name}: a reply reaches whoever asked, and is kept`, async () => {
    const { rig, replier, received } = await stage()
    await using _ = rig
    const { fields } = await rig.clock.until(replying(replier, propertiesFor('asker'), command))
    assert.equal(received.length, 1)
    const { request, body } = received[0]!
    assert.equal(body, 'pong')
    assert.deepEqual([request.topic, request.queueId, request.flag, request.producerGroup], [replyTopic, 0, 7, 'PG'])
    assert.match(request.bornHost, /^10\.0\.0\.2:\d+$/)
    assert.equal(request.storeHost, '10.0.0.1:10911')
    const found = Object.fromEntries(decodeProperties(request.properties ?? ''))
    assert.deepEqual([found.CORRELATION_ID, found.PUSH_REPLY_TIME], ['c1', String(request.storeTimestamp)])
    const [kept] = (await replier.pull(replyTopic, 0)).messages
    assert.equal(kept!.body.toString(), 'pong')
    const keptProperties = Object.fromEntries(decodeProperties(kept!.properties))
    assert.deepEqual([keptProperties.PUSH_REPLY_TIME, keptProperties.CLUSTER], [undefined, undefined])
    assert.deepEqual([keptProperties.MSG_REGION, keptProperties.TRACE_ON], ['DefaultRegion', 'true'])
    assert.deepEqual([fields.queueId, fields.queueOffset, fields.regionId], [0, 0, 'DefaultRegion'])
    assert.equal(Number.parseInt(fields.msgId.slice(-16), 16), kept!.physicalOffset)
  })
}

test('without storeReplyMessageEnable a reply is passed on only', async () => {
  const { rig, broker, replier, received } = await stage({ storeReplies: false })
  await using _ = rig
  const { fields } = await rig.clock.until(replying(replier))
  assert.deepEqual([fields.msgId, fields.queueOffset, received.length], ['0', 0, 1])
  assert.equal(broker.store.maxOffset(replyTopic, 0), 0)
})

test('who replies is told when nobody has asked, or has gone, and the reply is kept all the same', async () => {
  const { rig, broker, asker, replier } = await stage()
  await using _ = rig
  const refused = async (properties: string, remark: RegExp) => {
    const refusal = await replier.refusal(replying(replier, properties))
    assert.equal(refusal.code, 1)
    assert.match(refusal.remark, remark)
  }
  await refused(propertiesFor('nobody'), /^push reply message fail, channel of <nobody> not found/)
  await refused('MSG_TYPE\u0001reply\u0002', /REPLY_TO_CLIENT\] is null/)
  await asker.ask(unregisterClient, { clientID: 'asker', producerGroup: 'PG' })
  await refused(propertiesFor('asker'), /^push reply message fail, channel of <asker> not found/)
  await beat(asker, 'PG')
  await rig.clock.until(replying(replier))
  await rig.clock.advance(131_000)
  await refused(propertiesFor('asker'), /^push reply message fail, channel of <asker> not found/)
  assert.equal(broker.store.maxOffset(replyTopic, 0), 5)
})

test('an asker that does not acknowledge is not waited for any longer than 10 s', async () => {
  const { rig, replier } = await stage({}, () => new Promise(() => {}))
  await using _ = rig
  const atMs = rig.clock.monotonicMs()
  const refusal = await replier.refusal(replying(replier))
  assert.equal(refusal.code, 1)
  assert.match(refusal.remark, /^push reply message to <asker> fail: .* within 10000 ms/)
  assert.ok(rig.clock.monotonicMs() - atMs < 10_500)
})

test('what is refused to a message is refused to a reply', async () => {
  const { rig, replier, received } = await stage({ permission: 4 })
  await using _ = rig
  assert.equal((await replier.refusal(replying(replier))).code, 16)
  assert.equal(received.length, 0)
})

test('a producer that connects again under its name is the one to reply to', async () => {
  const { rig, asker, replier, received } = await stage()
  await using _ = rig
  await beat(asker, 'OTHER')
  await asker.ask(unregisterClient, { clientID: 'asker', producerGroup: 'PG' })
  await rig.clock.until(replying(replier))
  assert.equal(received.length, 1)
  const again = rig.client('10.0.0.4', 'asker')
  await beat(again, 'PG')
  await asker.disconnect()
  const refusal = await replier.refusal(replying(replier))
  assert.match(refusal.remark, /326/)
})
