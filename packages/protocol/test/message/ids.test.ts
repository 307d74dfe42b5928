import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@cometmq/protocol'
import {
  decodeOffsetMsgId,
  decodeUniqKey,
  encodeOffsetMsgId,
  encodeUniqKey,
  offsetMsgIdEncoder,
  uniqKeyGenerator,
} from '@cometmq/protocol/message'
import { SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import fc from 'fast-check'
import { fixtureFrame, fixtures } from '../support/fixtures.ts'

test('an offsetMsgId is address, port and offset in hexadecimal', () => {
  const v4 = { host: '127.0.0.1', port: 10_911 }
  assert.equal(encodeOffsetMsgId(v4, 1000), '7F00000100002A9F00000000000003E8')
  assert.deepEqual(decodeOffsetMsgId('7f00000100002a9f00000000000003e8'), { storeHost: v4, physicalOffset: 1000 })
  const v6 = { host: '2001:db8::1', port: 10_911 }
  const id = '20010DB8000000000000000000000001' + '00002A9F' + '00000000000003E8'
  assert.equal(encodeOffsetMsgId(v6, 1000), id)
  assert.deepEqual(decodeOffsetMsgId(id), { storeHost: v6, physicalOffset: 1000 })
  assert.equal(encodeOffsetMsgId({ host: '::ffff:127.0.0.1', port: 10_911 }, 1000).length, 32)
})

test('every offsetMsgId survives', () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), fc.nat(65_535), fc.constantFrom('10.0.0.255', 'fe80::1'), (offset, port, host) => {
      const decoded = decodeOffsetMsgId(encodeOffsetMsgId({ host, port }, offset))
      assert.deepEqual(decoded, { storeHost: { host, port }, physicalOffset: offset })
      assert.equal(offsetMsgIdEncoder({ host, port })(offset), encodeOffsetMsgId({ host, port }, offset))
    }),
  )
})

test('what is no message id is refused', () => {
  for (const text of [
    '',
    '7F',
    `${'0'.repeat(31)}x`,
    '7F0000010FFFFFFF00000000000003E8',
    '7F00000100002A9FFFFFFFFFFFFFFFFF',
  ])
    assert.throws(() => decodeOffsetMsgId(text), ProtocolError)
  for (const text of ['', 'my-own-id', '0'.repeat(40)]) assert.throws(() => decodeUniqKey(text), ProtocolError)
})

test('the ids of recorded answers are read, and written as they were', () => {
  let compared = 0
  for (const fixture of fixtures) {
    if (fixture.direction !== 'response' || ![10, 310, 320].includes(fixture.code)) continue
    for (const id of fixtureFrame(fixture).ext?.msgId?.split(',') ?? []) {
      const { storeHost, physicalOffset } = decodeOffsetMsgId(id)
      assert.equal(encodeOffsetMsgId(storeHost, physicalOffset), id)
      compared++
    }
    const uniqKey = fixtureFrame(fixture).ext?.transactionId
    if (uniqKey !== undefined && /^[0-9A-F]+$/.test(uniqKey))
      assert.equal(encodeUniqKey(decodeUniqKey(uniqKey)), uniqKey)
  }
  assert.ok(compared > 50)
})

const pid = 0x1_2345
const month = new Date(2026, 1, 1).getTime()

function generator(startMs: number, address = '10.0.0.5') {
  const clock = new SimulatedClock(startMs)
  return { clock, next: uniqKeyGenerator({ clock, random: new SeededRandom(7), address, pid }) }
}

test('a UNIQ_KEY holds address, process, instance, time in the month and a counter', async () => {
  const { clock, next } = generator(month + 5)
  const first = decodeUniqKey(next())
  assert.deepEqual(
    { ...first, instance: 0 },
    { address: '10.0.0.5', pid: 0x2345, instance: 0, timeInMonthMs: 5, counter: 1 },
  )
  await clock.advance(10)
  assert.deepEqual(decodeUniqKey(next()), { ...first, timeInMonthMs: 15, counter: 2 })
  assert.equal(generator(month, 'fe80::1').next().length, 56)
})

test('the time starts anew with the month', async () => {
  const { clock, next } = generator(new Date(2026, 2, 1).getTime() - 1)
  assert.equal(decodeUniqKey(next()).timeInMonthMs, 28 * 86_400_000 - 1)
  await clock.advance(1)
  assert.equal(decodeUniqKey(next()).timeInMonthMs, 0)
})

test('65 536 ids of one millisecond are different', () => {
  const { next } = generator(month)
  assert.equal(new Set(Array.from({ length: 65_536 }, next)).size, 65_536)
})
