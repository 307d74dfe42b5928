import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'

async function withFaultyDisk(store: Record<string, unknown> = {}) {
  const rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  await rig.broker({}, store)
  const client = rig.client()
  await client.createTopic('T1')
  return { rig, files, client }
}

for (const [operation, systemCode] of [
  ['write', 'ENOSPC'],
  ['write', 'EIO'],
  ['sync', 'EIO'],
] as const) {
  test(`after ${systemCode} of a ${operation} messages are refused, with 14 and what to do, and reads go on`, async () => {
    const { rig, files, client } = await withFaultyDisk(operation === 'sync' ? { flushDiskType: 'SYNC_FLUSH' } : {})
    await client.send('T1', 'before')
    files.arm({ operation, systemCode, path: /commitlog/, times: Number.POSITIVE_INFINITY })
    for (const body of ['during', 'again']) {
      const { code, remark } = await client.refusal(client.sending('T1', body))
      assert.equal(code, 14)
      assert.match(
        remark,
        new RegExp(`(the store stopped accepting messages: .*|the disk of .* is full \\()${systemCode}`),
      )
    }
    assert.equal((await client.bodies('T1'))[0], 'before')
    const { code, remark } = await client.pull('T1', 0, { holdMs: 0 })
    assert.equal(code, 0, remark)
    await rig[Symbol.asyncDispose]()
  })
}

test('what was acknowledged before the disk failed is there for the next broker', async () => {
  const { rig, files, client } = await withFaultyDisk()
  const sent: string[] = []
  files.arm({ operation: 'write', systemCode: 'EIO', path: /commitlog/, after: 7 })
  for (let i = 0; i < 20; i++) {
    const done = await rig.clock.until(client.sending('T1', `m${i}`).catch(() => undefined))
    if (done !== undefined) sent.push(`m${i}`)
  }
  assert.equal(sent.length, 7)
  await rig[Symbol.asyncDispose]()
  files.disarm()
  const next = new Rig({ files })
  await next.broker()
  const bodies = await next.client().bodies('T1')
  assert.deepEqual(bodies.slice(0, 7), sent)
  await next[Symbol.asyncDispose]()
})

test('a failure of the disk is logged', async () => {
  const { rig, files, client } = await withFaultyDisk()
  files.arm({ operation: 'write', systemCode: 'ENOSPC', path: /commitlog/ })
  await client.refusal(client.sending('T1', 'x'))
  assert.ok(rig.logged.some(({ level }) => level === 'error'))
  await rig[Symbol.asyncDispose]().catch(() => {})
})
