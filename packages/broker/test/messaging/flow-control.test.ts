import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getBrokerRuntimeInfo } from '@cometmq/protocol/commands/admin'
import { encodeProperties } from '@cometmq/protocol/message'
import { FaultyFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { Rig } from '../rig.ts'

/** A broker on a disk whose operations take as long as `latency` says, with a topic and a message in it. */
async function stage(options: Record<string, unknown> = {}, store: Record<string, unknown> = {}) {
  const rig = new Rig()
  const latency = { clock: rig.clock, minMs: 0, maxMs: 0 }
  rig.files = new FaultyFileSystem(rig.files, { latency, random: new SeededRandom(1) })
  await rig.broker(options, { maxInlineWriteBytes: 0, ...store })
  const client = rig.client()
  await client.createTopic('T1')
  await client.send('T1', 'before')
  const hang = (ms: number) => Object.assign(latency, { minMs: ms, maxMs: ms })
  return { rig, client, hang }
}

const busy = /^\[PC_SYNCHRONIZED\]broker busy, start flow control for a while: the store is busy: /

test('while a write of the log hangs for longer than osPageCacheBusyTimeOutMills, messages are refused as busy', async () => {
  const { rig, client, hang } = await stage()
  await using _ = rig
  hang(1_500)
  const first = client.sending('T1', 'slow')
  await rig.clock.advance(500)
  const early = client.sending('T1', 'waits')
  await rig.clock.advance(600)
  const { code, remark } = await client.refusal(client.sending('T1', 'refused'))
  assert.equal(code, 2)
  assert.match(remark, busy)
  const info = await client.ask(getBrokerRuntimeInfo, {})
  assert.ok(Number(info.body.table.pageCacheLockTimeMills) > 1_000, 'brokerStatus shows it too')
  assert.match(remark, /a write to the log has been under way for \d+ ms \(osPageCacheBusyTimeOutMills 1000\)/)
  assert.deepEqual(
    (await rig.clock.until(Promise.all([first, early]))).map(({ code }) => code),
    [0, 0],
  )
  hang(0)
  await client.send('T1', 'after')
  assert.deepEqual(await client.bodies('T1'), ['before', 'slow', 'waits', 'after'])
})

test('osPageCacheBusyTimeOutMills is the operator’s to set', async () => {
  const { rig, client, hang } = await stage({}, { osPageCacheBusyTimeOutMills: 1_400 })
  await using _ = rig
  hang(1_500)
  const first = client.sending('T1', 'slow')
  await rig.clock.advance(1_200)
  const second = client.sending('T1', 'waits')
  assert.deepEqual(
    (await rig.clock.until(Promise.all([first, second]))).map(({ code }) => code),
    [0, 0],
  )
})

for (const [limit, value, body] of [
  ['maxUnwrittenBytes', 2_000, 'x'.repeat(800)],
  ['maxWaitingPuts', 3, 'x'],
] as const) {
  test(`behind a slow disk no more than ${limit} is taken, and the refusal names it`, async () => {
    const { rig, client, hang } = await stage({}, { [limit]: value })
    await using _ = rig
    hang(500)
    const sends = Array.from({ length: 10 }, () => client.sending('T1', body))
    const outcomes = await rig.clock.until(Promise.allSettled(sends))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
    assert.ok(refused.length >= 5 && refused.length < 10, `${refused.length} refused`)
    for (const { responseCode, remark } of refused) {
      assert.equal(responseCode, 2)
      assert.match(remark, busy)
      assert.match(remark, new RegExp(`\\(${limit} ${value}\\).* raise ${limit}$`))
    }
  })
}

test('more sends than sendThreadPoolQueueCapacity are refused as busy, whichever way they come', async () => {
  const { rig, client, hang } = await stage({ sendRequests: 2 })
  await using _ = rig
  hang(500)
  const properties = encodeProperties(Object.entries({ UNIQ_KEY: '7F00000100002A139A55000000000001', WAIT: 'true' }))
  const sends = Array.from({ length: 6 }, (_, i) => client.sending('T1', 'x', i % 2 === 0 ? {} : { properties }))
  const outcomes = await rig.clock.until(Promise.allSettled(sends))
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected').map(({ reason }) => reason)
  assert.equal(refused.length, 4)
  for (const { responseCode, remark } of refused) {
    assert.equal(responseCode, 2)
    assert.match(
      remark,
      /^\[OVERLOAD\]system busy, .*: 2 requests of lane "send" are in progress; .* raise sendThreadPoolQueueCapacity$/,
    )
  }
})
