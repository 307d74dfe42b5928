import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { deleteTopicInBroker } from '@cometmq/protocol/commands/admin'
import type { MemoryFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../../rig.ts'

const topicNotExist = 17
const invalidParameter = 29

describe('DELETE_TOPIC_IN_BROKER', () => {
  it('removes the topic with its messages and offsets, for good', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    for (let n = 0; n < 5; n++) await client.send('T', `old ${n}`)
    await client.send('Other', 'stays')
    await client.pull('T', 0)
    await client.commit('CG', 'T', 4)
    await client.commit('CG', 'Other', 1).catch(() => undefined)
    await client.deleteTopic('T')
    assert.equal(broker.topics.get('T'), undefined)
    assert.equal((await client.refusal(client.pulling('T', 0))).code, topicNotExist)
    assert.equal(await client.committed('CG', 'T'), undefined)
    await rig.kill(broker)
    const files = rig.files as MemoryFileSystem
    assert.equal((await files.readFile('/data/store/config/topics.json')).includes('"T"'), false)
    assert.equal((await files.readFile('/data/store/config/consumerOffset.json')).includes('T@CG'), false)
  })

  it('starts a topic of that name at offset 0 again', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    for (let n = 0; n < 5; n++) await client.send('T', `old ${n}`)
    await client.deleteTopic('T')
    assert.equal((await client.send('T', 'new')).queueOffset, 0)
    assert.deepEqual(await client.bodies('T'), ['new'])
    await rig.stop(broker)
    await rig.broker()
    await client.disconnect()
    assert.deepEqual(await rig.client('10.0.0.3').bodies('T'), ['new'])
  })

  it('answers the pulls that it holds', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await client.createTopic('T')
    const held = client.refusal(client.pulling('T', 0, { holdMs: 20_000 }))
    await rig.clock.advance(100)
    const startedMs = rig.clock.monotonicMs()
    await client.deleteTopic('T')
    assert.equal((await held).code, topicNotExist)
    assert.ok(rig.clock.monotonicMs() - startedMs < 5_000, 'it did not wait for its time to be up')
  })

  it('removes the retry topics of POP consumers with it', async () => {
    await using rig = new Rig()
    const broker = await rig.broker()
    const client = rig.client()
    for (const topic of ['T', '%RETRY%CG_T', '%RETRY%CG']) await client.createTopic(topic)
    await client.pull('T', 0)
    await client.commit('CG', 'T', 0)
    await client.deleteTopic('T')
    assert.deepEqual(
      ['T', '%RETRY%CG_T', '%RETRY%CG'].map((topic) => broker.topics.get(topic) !== undefined),
      [false, false, true],
    )
  })

  it('tells the NameServers, which drop the topic when they are set to', async () => {
    await using rig = new Rig()
    const nameServer = await rig.nameServer('10.0.0.9')
    const broker = await rig.broker({ nameServers: [nameServer.address] })
    const client = rig.client()
    await client.createTopic('T')
    const before = broker.topics.dataVersion.counter
    await client.deleteTopic('T')
    assert.equal(broker.topics.dataVersion.counter, before + 1)
  })

  it('takes a topic that is not there for deleted, and refuses those of the system', async () => {
    await using rig = new Rig()
    await rig.broker()
    const client = rig.client()
    await client.deleteTopic('nobody')
    for (const topic of [
      '',
      ' ',
      'TBW102',
      'DefaultCluster',
      'broker-a',
      'SCHEDULE_TOPIC_XXXX',
      'rmq_sys_wheel_timer',
    ]) {
      assert.equal((await client.refusal(client.ask(deleteTopicInBroker, { topic }))).code, invalidParameter, topic)
    }
  })
})
