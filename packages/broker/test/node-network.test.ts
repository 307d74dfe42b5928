import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem, nodeNetwork, nodeRandom } from '@cometmq/platform/node'
import { pullMessage, sendMessageV2 } from '@cometmq/protocol/commands'
import { RemotingClient } from '@cometmq/remoting'
import { storeOptions } from '@cometmq/store'
import * as v from 'valibot'
import { Broker, brokerOptions } from '../src/index.ts'
import { recordsOf } from './test-client.ts'

test('over a real network and on a real disk a held pull gets the message', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'broker-'))
  const world = { clock: nodeClock, network: nodeNetwork, logger: silentLogger }
  const storePathRootDir = join(directory, 'store')
  const options = {
    broker: v.parse(brokerOptions, {
      advertiseHost: '127.0.0.1',
      listenHost: '127.0.0.1',
      listenPort: 0,
      configDirectory: join(storePathRootDir, 'config'),
    }),
    store: v.parse(storeOptions, {
      storePathRootDir,
      storeHost: { host: '127.0.0.1', port: 1 },
      mappedFileSizeCommitLog: 1024 * 1024,
    }),
  }
  const broker = await Broker.start(options, { ...world, files: nodeFileSystem, random: nodeRandom, pid: process.pid })
  const client = new RemotingClient({}, world)
  const send = (body: string) => {
    const topic = { producerGroup: 'PG', topic: 'T1', defaultTopic: 'TBW102', defaultTopicQueueNums: 1, queueId: 0 }
    const request = { ...topic, sysFlag: 0, bornTimestamp: Date.now(), flag: 0 }
    return client.invoke(broker.advertised, sendMessageV2, request, { body: Buffer.from(body) })
  }
  const pull = (queueOffset: number) => {
    const place = { consumerGroup: 'CG', topic: 'T1', queueId: 0, queueOffset, maxMsgNums: 32, commitOffset: 0 }
    const request = { ...place, sysFlag: 6, suspendTimeoutMillis: 5_000, subscription: '*', subVersion: 0 }
    return client.invoke(broker.advertised, pullMessage, request, { timeoutMs: 10_000 })
  }
  await send('first')
  assert.equal(recordsOf((await pull(0)).body)[0]!.body.toString(), 'first')
  const held = pull(1)
  await send('second')
  assert.equal(recordsOf((await held).body)[0]!.body.toString(), 'second')
  await client.close()
  await broker.close()
  await rm(directory, { recursive: true })
})
