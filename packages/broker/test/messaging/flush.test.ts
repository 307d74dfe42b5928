import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sendMessageV2 } from '@cometmq/protocol/commands'
import { MemoryFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'

const wait = (value: boolean) => `WAIT\u0001${value}\u0002`

async function slowRig(flushDiskType: string) {
  const rig = new Rig()
  let delayMs = 0
  rig.files = withSlowSyncs(new MemoryFileSystem({ clock: rig.clock }), rig.clock, () => delayMs)
  await rig.broker({}, { flushDiskType })
  const client = rig.client()
  await client.createTopic('T1')
  return { rig, client, slowDown: (ms: number) => void (delayMs = ms) }
}

test('SYNC_FLUSH: a sync that takes too long is answered 10, with the id of the stored message', async () => {
  const { rig, client, slowDown } = await slowRig('SYNC_FLUSH')
  slowDown(7_000)
  const sending = client.remoting.invoke(client.address, sendMessageV2, client.sendRequest('T1'), {
    body: Buffer.from('late'),
    accept: [10],
    timeoutMs: 20_000,
  })
  const { code, fields } = await rig.clock.until(sending)
  assert.equal(code, 10)
  assert.match(fields.msgId!, /^[0-9A-F]{32}$/)
  assert.equal(fields.queueOffset, 0)
  slowDown(0)
  assert.deepEqual(await client.bodies('T1'), ['late'])
  await rig[Symbol.asyncDispose]()
})

test('SYNC_FLUSH: a message whose WAIT is false is answered before the sync, others when it ends', async () => {
  const { rig, client, slowDown } = await slowRig('SYNC_FLUSH')
  slowDown(1_000)
  const startedMs = rig.clock.monotonicMs()
  await client.send('T1', 'does not wait', { properties: wait(false) })
  assert.ok(rig.clock.monotonicMs() - startedMs < 500)
  await client.send('T1', 'waits', { properties: wait(true) })
  assert.ok(rig.clock.monotonicMs() - startedMs >= 1_000)
  slowDown(0)
  await rig[Symbol.asyncDispose]()
})

test('ASYNC_FLUSH: nobody waits for a sync', async () => {
  const { rig, client, slowDown } = await slowRig('ASYNC_FLUSH')
  slowDown(60_000)
  const startedMs = rig.clock.monotonicMs()
  await client.send('T1', 'written')
  assert.ok(rig.clock.monotonicMs() - startedMs < 500)
  slowDown(0)
  await rig[Symbol.asyncDispose]()
})
