import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodePropertiesText } from '@cometmq/protocol/bodies'
import { getBrokerConfig, updateBrokerConfig } from '@cometmq/protocol/commands/admin'
import { liveProperties } from '../../src/runtime/live-config.ts'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

const change = (client: TestClient, text: string) => client.ask(updateBrokerConfig, {}, { body: Buffer.from(text) })

async function value(client: TestClient, property: string) {
  return decodePropertiesText((await client.ask(getBrokerConfig, {})).body.toString()).get(property)
}

describe('options that are changed while the broker runs', () => {
  it('are read by name, sorted, and each that can be changed is among them', async () => {
    await using rig = new Rig()
    await rig.broker()
    const { body, fields } = await rig.client().ask(getBrokerConfig, {})
    const names = [...decodePropertiesText(body.toString()).keys()]
    assert.deepEqual(names, names.toSorted())
    assert.deepEqual(
      liveProperties.filter((name) => !names.includes(name)),
      [],
    )
    assert.equal(JSON.parse(fields.version!).counter, 0)
  })

  it('take effect with the next request', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await change(client, 'autoCreateTopicEnable=false\nautoCreateSubscriptionGroup=false\n')
    assert.equal((await client.refusal(client.sending('NEW', 'x'))).code, 17)
    await change(client, 'autoCreateTopicEnable=true')
    await client.send('NEW', 'x')
    assert.equal((await client.refusal(client.pulling('NEW', 0, { group: 'NEW' }))).code, 26)
    await change(client, 'brokerPermission=4')
    assert.equal((await client.refusal(client.sending('NEW', 'x'))).code, 16)
    assert.equal(await value(client, 'brokerPermission'), '4')
  })

  it('autoCreateTopicEnable brings the template of topics along', async () => {
    await using rig = new Rig()
    await rig.broker({ autoCreateTopic: false })
    const client = rig.client()
    assert.equal((await client.refusal(client.sending('NEW', 'x'))).code, 17)
    await change(client, 'autoCreateTopicEnable=true')
    await client.send('NEW', 'x')
  })

  it('brokerPermission is told to NameServers', async () => {
    await using rig = new Rig()
    const nameServer = await rig.nameServer('10.0.0.5')
    const broker = await rig.broker({ nameServers: [nameServer.address] })
    const { counter } = broker.topics.dataVersion
    await change(rig.client(), 'brokerPermission=4')
    assert.equal(broker.topics.dataVersion.counter, counter + 1)
  })

  it('of the store are what its cleaning goes by', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await change(client, 'fileReservedTime=48\ndeleteWhen=02;14')
    assert.deepEqual([await value(client, 'fileReservedTime'), await value(client, 'deleteWhen')], ['48', '02;14'])
  })

  it('are refused with the reason, and then none of them is changed', async () => {
    await using rig = new Rig()
    await rig.broker({ configBlackList: 'traceOn' })
    const client = rig.client()
    const cases: [string, number, RegExp][] = [
      ['listenPort=1', 29, /listenPort is read when the broker starts.*these can be changed: .*brokerPermission/],
      ['noSuch=1', 29, /noSuch has no effect on this broker/],
      ['brokerPermission=9', 29, /"9" is no value of brokerPermission/],
      ['longPollingEnable=maybe', 29, /"maybe" is no value/],
      ['brokerConfigPath=/x', 16, /^Can not update config in black list\. brokerConfigPath/],
      ['configBlackList=', 16, /configBlackList/],
      ['traceOn=false', 16, /traceOn/],
    ]
    for (const [text, code, remark] of cases) {
      const refusal = await client.refusal(change(client, `defaultQueryMaxNum=7\n${text}`))
      assert.equal(refusal.code, code, text)
      assert.match(refusal.remark, remark)
    }
    assert.equal(await value(client, 'defaultQueryMaxNum'), '32')
    await change(client, '')
  })
})
