import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeBatch, encodeProperties } from '@cometmq/protocol/message'
import { askRaw } from '../raw-peer.ts'
import { Rig } from '../rig.ts'
import type { SendOptions, TestClient } from '../test-client.ts'

const props = (entries: Record<string, string>) => encodeProperties(Object.entries(entries))

interface Refused {
  name: string
  topic?: string
  body?: Buffer
  options?: SendOptions & { batch?: boolean }
  code: number
  remark: RegExp
}

const batch = encodeBatch([{ flag: 0, properties: '', body: Buffer.from('x') }])

/** Codes and beginnings of remarks as an Apache broker answers. */
const refused: Refused[] = [
  { name: 'a topic with illegal characters', topic: 'a b', code: 29, remark: /^The specified topic: a b, contains/ },
  { name: 'a blank topic', topic: ' ', code: 29, remark: /^The specified topic is blank/ },
  { name: 'a topic of 128', topic: 't'.repeat(128), code: 29, remark: /is longer than topic max length: 127$/ },
  {
    name: 'a retry topic of 256',
    topic: `%RETRY%${'t'.repeat(249)}`,
    code: 29,
    remark: /is longer than topic max length: 255$/,
  },
  ...['SCHEDULE_TOPIC_XXXX', 'RMQ_SYS_TRANS_HALF_TOPIC', 'SELF_TEST_TOPIC', 'OFFSET_MOVED_EVENT'].map((topic) => ({
    name: `the reserved topic ${topic}`,
    topic,
    code: 16,
    remark: new RegExp(`^Sending message to topic\\[${topic}\\] is forbidden\\.`),
  })),
  {
    name: 'an unknown template',
    options: { defaultTopic: 'NOPE' },
    topic: 'NEW',
    code: 17,
    remark: /^topic\[NEW\] not exist, apply first please!/,
  },
  {
    name: 'a template that is not to be inherited from',
    options: { defaultTopic: 'KNOWN' },
    topic: 'NEW',
    code: 17,
    remark: /^topic\[NEW\] not exist, apply first please!.*KNOWN/,
  },
  {
    name: 'a queue behind the last',
    topic: 'KNOWN',
    options: { queueId: 4 },
    code: 29,
    remark: /^request queueId\[4\] is illegal, /,
  },
  { name: 'an empty body', topic: 'KNOWN', body: Buffer.alloc(0), code: 1, remark: /body/ },
  { name: 'a body over the limit', topic: 'KNOWN', body: Buffer.alloc(10_001), code: 13, remark: /10001.*10000/ },
  {
    name: 'properties over the limit',
    topic: 'KNOWN',
    options: { properties: props({ long: 'x'.repeat(32_760) }) },
    code: 13,
    remark: /properties/,
  },
  {
    name: 'a timer beyond the limit',
    topic: 'KNOWN',
    options: { properties: props({ TIMER_DELAY_SEC: '259201' }) },
    code: 13,
    remark:
      /^timer message illegal, the delay time should not be bigger than the max delay 259200000ms; .*TIMER_DELAY_SEC asks for 259201000ms.*timerMaxDelaySec/,
  },
  {
    name: 'a timer that is no number',
    topic: 'KNOWN',
    options: { properties: props({ TIMER_DELIVER_MS: '1.5' }) },
    code: 13,
    remark: /^timer message illegal, .*TIMER_DELIVER_MS is "1\.5"/,
  },
  {
    name: 'a batch to a retry topic',
    topic: '%RETRY%CG',
    body: batch,
    options: { batch: true },
    code: 13,
    remark: /^batch request does not support retry group %RETRY%CG/,
  },
  {
    name: 'a delayed batch',
    topic: 'KNOWN',
    body: batch,
    options: { batch: true, properties: props({ DELAY: '1' }) },
    code: 13,
    remark: /delayed/,
  },
  {
    name: 'a batch in a transaction',
    topic: 'KNOWN',
    body: batch,
    options: { batch: true, sysFlag: 4 },
    code: 13,
    remark: /transaction/,
  },
  {
    name: 'a batch that is cut off',
    topic: 'KNOWN',
    body: batch.subarray(0, batch.length - 1),
    options: { batch: true },
    code: 13,
    remark: /batch/,
  },
]

/** A send as frame, so that header fields of the refusal can be seen. */
async function sendRaw(client: TestClient, { topic = 'KNOWN', body = Buffer.from('x'), options = {} }: Refused) {
  const request = { ...client.sendRequest(topic, options) }
  const letters = {
    producerGroup: 'a',
    topic: 'b',
    defaultTopic: 'c',
    defaultTopicQueueNums: 'd',
    queueId: 'e',
    sysFlag: 'f',
    bornTimestamp: 'g',
    flag: 'h',
    properties: 'i',
    reconsumeTimes: 'j',
    batch: 'm',
  } as const
  const ext = Object.entries(letters).flatMap(([name, letter]) => {
    const value = request[name as keyof typeof request]
    return value === undefined || value === '' ? [] : [[letter, String(value)]]
  })
  return askRaw(client, 310, Object.fromEntries(ext), body)
}

test('each reason to refuse a message has its code and remark, and region and trace switch go with it', async (t) => {
  await using rig = new Rig()
  const broker = await rig.broker({}, { maxMessageSize: 10_000 })
  const client = rig.client()
  await client.send('KNOWN', 'x')
  for (const each of refused) {
    await t.test(each.name, async () => {
      const { code, remark, ext } = await sendRaw(client, each)
      assert.equal(code, each.code, remark)
      assert.match(remark ?? '', each.remark)
      assert.deepEqual({ ...ext }, { MSG_REGION: 'DefaultRegion', TRACE_ON: 'true' })
    })
  }
  assert.equal(broker.topics.get('NEW'), undefined)
  assert.deepEqual(await client.bodies('KNOWN'), ['x'])
})

test('a request without a field that it needs is refused by name and disturbs nobody', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  const all = { a: 'PG', b: 'T1', c: 'TBW102', d: '4', e: '0', f: '0', g: '1', h: '0' }
  for (const missing of ['b', 'c', 'd', 'e', 'f', 'g', 'h'] as const) {
    const { [missing]: _, ...ext } = all
    const { code, remark } = await askRaw(client, 310, ext, Buffer.from('x'))
    assert.equal(code, 1, missing)
    assert.match(remark ?? '', new RegExp(`\\b${missing}\\b`))
  }
  const { code, remark } = await askRaw(client, 310, { ...all, e: 'zero' }, Buffer.from('x'))
  assert.equal(code, 1)
  assert.match(remark ?? '', /zero/)
  assert.equal((await askRaw(client, 310, all, Buffer.from('x'))).code, 0)
})

test('a broker without write permission refuses, makes no topic, and goes on', async () => {
  await using rig = new Rig()
  const broker = await rig.broker({ permission: 4 })
  const client = rig.client()
  for (const options of [{}, { defaultTopic: 'NOPE' }]) {
    const { code, remark } = await client.refusal(client.sending('T1', 'x', options))
    assert.equal(code, 16)
    assert.match(remark, /^the broker\[broker-a\] sending message is forbidden/)
  }
  await client.clock.advance(100)
  assert.equal(broker.topics.get('T1'), undefined)
})

test('transactions are refused where rejectTransactionMessage is set, which is named as the reason', async () => {
  await using rig = new Rig()
  await rig.broker({ rejectTransactions: true })
  const client = rig.client()
  const { remark } = await client.refusal(client.sending('T1', 'x', { properties: props({ TRAN_MSG: 'true' }) }))
  assert.match(remark, /rejectTransactionMessage/)
})

test('without auto-creation of groups a retry topic of an unknown group is refused', async () => {
  await using rig = new Rig()
  await rig.broker({ autoCreateGroup: false })
  const client = rig.client()
  const { code, remark } = await client.refusal(client.sending('%RETRY%unknown', 'x'))
  assert.equal(code, 26)
  assert.match(remark, /^subscription group not exist, unknown/)
})
