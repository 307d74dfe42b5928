import assert from 'node:assert/strict'
import { test } from 'node:test'
import { responseCode } from '@cometmq/protocol'
import { consumerFiltersFile } from '@cometmq/protocol/bodies'
import { checkClientConfig } from '@cometmq/protocol/commands'
import { encodeProperties } from '@cometmq/protocol/message'
import { configDirectory, Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const sql = (expression: string) => ({ expression, expressionType: 'SQL92' })
const bodies = ({ messages }: { messages: { body: Buffer }[] }) => messages.map(({ body }) => body.toString())

async function sendPriced(client: TestClient, prices: readonly number[]): Promise<void> {
  for (const price of prices)
    await client.send('T1', `m${price}`, { properties: encodeProperties([['price', `${price}`]]) })
}

test('a pull with an expression gets the messages that match, and goes on behind all it has looked at', async () => {
  await using rig = new Rig()
  await rig.broker({ propertyFilter: true })
  const client = rig.client()
  await sendPriced(
    client,
    Array.from({ length: 100 }, (_, i) => i),
  )
  const few = await client.pull('T1', 0, { ...sql('price BETWEEN 40 AND 42'), maxMsgNums: 32 })
  assert.deepEqual(bodies(few), ['m40', 'm41', 'm42'])
  assert.equal(few.fields.nextBeginOffset, 100)
  const first = await client.pull('T1', 0, { ...sql('price >= 10'), maxMsgNums: 5 })
  assert.deepEqual(bodies(first), ['m10', 'm11', 'm12', 'm13', 'm14'])
  const next = await client.pull('T1', Number(first.fields.nextBeginOffset), { ...sql('price >= 10'), maxMsgNums: 2 })
  assert.deepEqual(bodies(next), ['m15', 'm16'])
  const none = await client.pull('T1', 0, sql("colour = 'red'"))
  assert.deepEqual([none.code, none.fields.nextBeginOffset], [responseCode.PULL_RETRY_IMMEDIATELY, 100])
})

test('a held pull sleeps on while messages arrive that do not match', async () => {
  await using rig = new Rig()
  await rig.broker({ propertyFilter: true })
  const client = rig.client()
  await sendPriced(client, [1])
  const pulled = client.pulling('T1', 1, { ...sql('price > 5'), holdMs: 15_000 })
  let isAnswered = false
  void pulled.then(() => {
    isAnswered = true
  })
  await sendPriced(client, [2, 3])
  await rig.clock.advance(1_000)
  assert.equal(isAnswered, false)
  await sendPriced(client, [6])
  const { fields, code } = await rig.clock.until(pulled)
  assert.deepEqual([code, fields.nextBeginOffset], [responseCode.SUCCESS, 4])
})

test('subscriptions come with heartbeats, outlive a restart, and a broken one is refused', async () => {
  await using rig = new Rig()
  let broker = await rig.broker({ propertyFilter: true })
  const client = rig.client()
  await sendPriced(client, [1, 9])
  const version = rig.clock.now()
  const join = { subscriptions: { T1: { expression: 'price > 5', type: 'SQL92', version } } }
  await client.join('CG', ['T1'], join)
  assert.deepEqual(bodies(await client.pull('T1', 0, { expression: undefined, subVersion: version })), ['m9'])
  const newer = client.pulling('T1', 0, { expression: undefined, subVersion: version + 1 })
  assert.equal((await client.refusal(newer)).code, responseCode.SUBSCRIPTION_NOT_LATEST)
  await client.join('Broken', ['T1'], { subscriptions: { T1: { expression: 'price >', type: 'SQL92', version } } })
  const broken = await client.refusal(client.pulling('T1', 0, { group: 'Broken', expression: undefined }))
  assert.equal(broken.code, responseCode.FILTER_DATA_NOT_EXIST)
  await rig.stop(broker)
  const file = consumerFiltersFile.decode(await rig.files.readFile(`${configDirectory}/consumerFilter.json`))
  const data = file.filterDataByTopic.T1!.groupFilterData.CG!
  assert.equal(data.expression, 'price > 5')
  assert.equal(data.clientVersion, version)
  assert.equal(data.bloomFilterData?.bitPos.length, 3)
  broker = await rig.broker({ propertyFilter: true })
  const again = rig.client()
  await again.join('CG', ['T1'], join)
  assert.deepEqual(bodies(await again.pull('T1', 0, { expression: undefined, subVersion: version })), ['m9'])
})

test('without enablePropertyFilter expressions are refused, and the remark says what to set', async () => {
  await using rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await sendPriced(client, [1])
  const refused = await client.refusal(client.pulling('T1', 0, sql('price > 5')))
  assert.equal(refused.code, responseCode.SYSTEM_ERROR)
  assert.match(refused.remark, /does not support consumer to filter message by SQL92.*enablePropertyFilter=true/)
})

test('the subscription of a client is checked before it starts, with reason and position', async () => {
  await using rig = new Rig()
  await rig.broker({ propertyFilter: true })
  const client = rig.client()
  const check = (subString: string) =>
    client.ask(
      checkClientConfig,
      {},
      {
        body: {
          clientId: 'c',
          group: 'CG',
          namespace: undefined,
          subscriptionData: {
            classFilterMode: false,
            codeSet: [],
            expressionType: 'SQL92',
            subString,
            subVersion: 1,
            tagsSet: [],
            topic: 'T1',
          },
        },
      },
    )
  await check("a > 1 AND b = 'x'")
  const refused = await client.refusal(check('a > 1 AND'))
  assert.equal(refused.code, responseCode.SUBSCRIPTION_PARSE_FAILED)
  assert.match(refused.remark, /ends too early at position 10 of "a > 1 AND"/)
})
