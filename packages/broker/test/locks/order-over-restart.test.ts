import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lockBatchMq } from '@cometmq/protocol/commands'
import { CrashFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import type { TestClient } from '../test-client.ts'

async function locks(client: TestClient): Promise<boolean> {
  const mqSet = [{ topic: 'T1', brokerName: 'broker-a', queueId: 0 }]
  const body = { clientId: client.clientId, consumerGroup: 'CO', mqSet, onlyThisBroker: false }
  return (await client.ask(lockBatchMq, {}, { body })).body.lockOKMQSet.length === 1
}

async function sendAll(client: TestClient, from: number, to: number): Promise<void> {
  for (let n = from; n < to; n++) await client.send('T1', `m${n}`)
}

for (const how of ['stop', 'kill'] as const) {
  test(`the order of a queue is kept over a ${how} of the broker, and whoever locks the queue first goes on`, async () => {
    await using rig = new Rig()
    const disk = new CrashFileSystem({ clock: rig.clock })
    rig.files = disk
    const first = await rig.broker()
    const [sender, owner] = [rig.client('10.0.0.3'), rig.client('10.0.0.4')]
    await sender.createTopic('T1')
    await sendAll(sender, 0, 10)
    assert.ok(await locks(owner))
    const read = await owner.pull('T1', 0, { group: 'CO', maxMsgNums: 5 })
    await owner.commit('CO', 'T1', read.fields.nextBeginOffset)
    await rig.clock.advance(6_000)
    await sendAll(sender, 10, 15)
    await (how === 'stop' ? rig.stop(first) : rig.kill(first))
    if (how === 'kill') rig.files = disk.kill()
    await rig.broker()
    const [again, next] = [rig.client('10.0.0.5'), rig.client('10.0.0.6')]
    assert.ok(await locks(next))
    await sendAll(again, 15, 20)
    const committed = await next.committed('CO', 'T1')
    assert.equal(committed, 5)
    const { messages } = await next.pull('T1', committed!, { group: 'CO' })
    assert.deepEqual(
      messages.map(({ body, queueOffset }) => [body.toString(), queueOffset]),
      Array.from({ length: 15 }, (_, n) => [`m${n + 5}`, n + 5]),
    )
  })
}
