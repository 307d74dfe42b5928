import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { NameServer } from '@cometmq/namesrv'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem, nodeNetwork } from '@cometmq/platform/node'
import { responseCode } from '@cometmq/protocol'
import { getRouteinfoByTopic, putKvConfig, registerBroker } from '@cometmq/protocol/commands'
import { RemotingClient } from '@cometmq/remoting'
import { jsonBody, master } from './broker-rig.ts'

test('over TCP and on disk: registration, route, configuration, and a broker whose connection closes', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'namesrv-'))
  try {
    const world = { clock: nodeClock, network: nodeNetwork, files: nodeFileSystem, logger: silentLogger }
    const kvConfigPath = join(folder, 'namesrv', 'kvConfig.json')
    const options = { host: '127.0.0.1', port: 0, kvConfigPath, configStorePath: join(folder, 'namesrv.properties') }
    await using nameServer = new NameServer(options, world)
    await nameServer.start()
    const { address } = nameServer
    await using client = new RemotingClient({}, world)
    const broker = new RemotingClient({}, world)
    await broker.invoke(address, registerBroker, master, { body: jsonBody() })
    const { body } = await client.invoke(address, getRouteinfoByTopic, { topic: 'T1' })
    assert.deepEqual(body.brokerDatas[0]?.brokerAddrs, new Map([[0, '10.0.0.1:10911']]))
    await client.invoke(address, putKvConfig, { namespace: 'NS', key: 'k', value: 'v' })
    assert.equal(await readFile(kvConfigPath, 'utf8'), '{"configTable":{"NS":{"k":"v"}}}')
    await broker.close()
    // The NameServer hears of the end of a connection in its own time; until then it answers.
    const refused = async () => {
      for (;;) await client.invoke(address, getRouteinfoByTopic, { topic: 'T1' })
    }
    await assert.rejects(refused(), { responseCode: responseCode.TOPIC_NOT_EXIST })
  } finally {
    await rm(folder, { recursive: true })
  }
})
