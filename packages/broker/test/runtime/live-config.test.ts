import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodePropertiesText } from '@cometmq/protocol/bodies'
import { getBrokerConfig, updateBrokerConfig } from '@cometmq/protocol/commands/admin'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
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

  it('are noted in the configuration file before they take effect, and its other lines stay', async () => {
    await using rig = new Rig()
    const path = '/broker.conf'
    await write(rig, path, '# ours\ntraceOn=true\nlistenPort = 10911\n')
    await rig.broker({ configPath: path })
    const client = rig.client()
    await rig.clock.until(
      Promise.all([
        client.remoting.invoke(client.address, updateBrokerConfig, {}, { body: Buffer.from('traceOn=false') }),
        client.remoting.invoke(client.address, updateBrokerConfig, {}, { body: Buffer.from('fileReservedTime=48') }),
      ]),
    )
    const text = async () => (await rig.files.readFile(path)).toString()
    assert.equal(await text(), '# ours\ntraceOn=false\nlistenPort = 10911\nfileReservedTime=48\n')
    await client.refusal(change(client, 'traceOn=maybe'))
    assert.equal(await text(), '# ours\ntraceOn=false\nlistenPort = 10911\nfileReservedTime=48\n')
  })

  it('are refused, and none is made, when the configuration file cannot be written', async () => {
    await using rig = new Rig()
    const path = '/broker.conf'
    await write(rig, path, 'traceOn=true\n')
    const faulty = new FaultyFileSystem(rig.files)
    rig.files = faulty
    await rig.broker({ configPath: path })
    const client = rig.client()
    faulty.arm({ operation: 'write', systemCode: 'EROFS', path: /broker\.conf/ })
    const { code, remark } = await client.refusal(change(client, 'traceOn=false'))
    assert.equal(code, 1)
    assert.match(remark, /^nothing was changed: the configuration file \/broker\.conf cannot be written \(.*EROFS/)
    assert.equal(await value(client, 'traceOn'), 'true')
    await change(client, 'traceOn=false')
    assert.equal(await value(client, 'traceOn'), 'false')
  })
})

async function write(rig: Rig, path: string, text: string): Promise<void> {
  const file = await rig.files.open(path, { create: true })
  await file.write(Buffer.from(text), 0)
  await file.close()
}
