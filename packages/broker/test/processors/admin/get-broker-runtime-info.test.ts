import assert from 'node:assert/strict'
import { test } from 'node:test'
import { getBrokerRuntimeInfo } from '@cometmq/protocol/commands/admin'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
import { Rig } from '../../rig.ts'
import type { TestClient } from '../../test-client.ts'

const infoOf = async (client: TestClient) => (await client.ask(getBrokerRuntimeInfo, {})).body.table

test('it tells what RocketMQ tells, in its formats', async () => {
  const rig = new Rig()
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  await rig.clock.advance(3_600_000)
  for (let index = 0; index < 20; index++) await client.send('T1', `m${index}`)
  await client.send('T1', 'later', { properties: 'DELAY\u00013\u0002' })
  await client.pull('T1', 0)
  await client.pull('T1', 20)
  await rig.clock.advance(20_000)
  const info = await infoOf(client)
  assert.equal(info.brokerVersionDesc, 'V5_5_0')
  assert.equal(info.brokerActive, 'true')
  assert.match(info.runtime!, /^\[ 0 days, 1 hours, 0 minutes, 2\d seconds \]$/)
  // The delayed message is stored once more when it is delivered.
  assert.equal(info.putMessageTimesTotal, '22')
  assert.match(info.putTps!, /^\d+\.\d+ \d+\.\d+ \d+\.\d+$/)
  assert.ok(Number(info.putTps!.split(' ')[2]) > 0)
  assert.ok(Number(info.msgGetTotalTodayNow) >= 20)
  assert.equal(info.msgPutTotalTodayMorning, '0')
  assert.equal(info.commitLogMinOffset, '0')
  assert.ok(Number(info.commitLogMaxOffset) > 2_000)
  assert.equal(info.dispatchBehindBytes, '0')
  assert.equal(info.remainHowManyDataToFlush, '0 B')
  assert.equal(info.commitLogDiskRatio, '0.01')
  assert.equal(info['commitLogDiskRatio_/data/store/commitlog'], '0.01')
  assert.match(info.commitLogDirCapacity!, /^Total : 1\.0 TiB, Free : \d+\.\d \w+\.$/)
  assert.equal(info.scheduleMessageOffset_3, '1,1')
  assert.equal(info.sendThreadPoolQueueCapacity, '10000')
  const ageMs = rig.clock.now() - Number(info.earliestMessageTimeStamp)
  assert.ok(ageMs >= 20_000 && ageMs < 21_000, `${ageMs}`)
  assert.deepEqual([info.storeRefusal, info.storeFailure, info.diskState], ['', '', 'room'])
  await rig[Symbol.asyncDispose]()
})

test('totals of a day begin again at midnight', async () => {
  const rig = new Rig({ epochMs: new Date(2026, 4, 5, 23, 59, 0).getTime() })
  await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  await client.send('T1', 'before')
  await rig.clock.advance(90_000)
  await client.send('T1', 'after')
  const info = await infoOf(client)
  assert.deepEqual(
    [info.msgPutTotalYesterdayMorning, info.msgPutTotalTodayMorning, info.msgPutTotalTodayNow],
    ['0', '1', '2'],
  )
  await rig[Symbol.asyncDispose]()
})

test('it tells of a disk that failed, and of one that is full', async () => {
  const rig = new Rig()
  const files = new FaultyFileSystem(rig.files)
  rig.files = files
  await rig.broker({}, { flushDiskType: 'SYNC_FLUSH' })
  const client = rig.client()
  await client.createTopic('T1')
  files.arm({ operation: 'write', systemCode: 'ENOSPC', path: /commitlog/ })
  const full = await client.refusal(client.sending('T1', 'x'))
  assert.equal(full.code, 14)
  assert.match(full.remark, /the disk of .*commitlog.* is full \(ENOSPC\): .* used/)
  const first = await infoOf(client)
  assert.equal(first.diskState, 'full')
  assert.match(first.storeRefusal!, /is full \(ENOSPC\)/)
  assert.equal(first.storeFailure, '')
  const topic = await client.refusal(client.sending('NEW', 'x'))
  assert.deepEqual([topic.code, /is full/.test(topic.remark)], [14, true])
  await rig.clock.advance(2_000)
  await client.send('T1', 'kept')
  files.arm({ operation: 'sync', systemCode: 'EIO', path: /commitlog/ })
  const { code, remark } = await client.refusal(client.sending('T1', 'not flushed'))
  assert.equal(code, 14)
  assert.match(remark, /the store stopped accepting messages: syncing the commit log failed: .*EIO/)
  const second = await infoOf(client)
  assert.match(second.storeFailure!, /syncing the commit log failed: .*EIO/)
  assert.ok(rig.messages('error').includes('the store failed'))
  assert.equal((await client.bodies('T1'))[0], 'kept')
  await rig[Symbol.asyncDispose]()
})

test('it tells how many timers wait, and how fast they come and go', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  const timer = (delayMs: number) => client.send('T1', 'x', { properties: `TIMER_DELAY_MS\u0001${delayMs}\u0002` })
  for (let i = 0; i < 20; i++) await timer(2_000)
  for (let i = 0; i < 10; i++) await timer(600_000 + i * 1_000)
  await rig.clock.advance(5)
  assert.equal((await infoOf(client)).timerCongestNum, '30')
  await rig.clock.advance(10_000)
  const info = await infoOf(client)
  assert.deepEqual(
    [info.timerCongestNum, info.timerEnqueueTps, info.timerDequeueTps, info.timerOffsetBehind],
    ['10', '3.0', '2.0', '0'],
  )
  await rig.stop(broker)
  await client.disconnect()
  await rig.broker()
  const again = await infoOf(rig.client('10.0.0.3'))
  assert.deepEqual([again.timerCongestNum, again.timerDequeueTps], ['10', '0.0'])
})
