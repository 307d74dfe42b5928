import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { brokerLimits } from '../../src/limits.ts'
import { HandedOut } from '../../src/offsets/handed-out.ts'

test('the rate is over the last minute, and falls to nothing', async () => {
  const clock = new SimulatedClock()
  const handedOut = new HandedOut(clock)
  assert.equal(handedOut.rate('G', 'T'), 0)
  handedOut.note('G', 'T', 0, 5, 5)
  await clock.advance(10_000)
  assert.equal(handedOut.rate('G', 'T'), 0)
  handedOut.note('G', 'T', 0, 105, 100)
  await clock.advance(10_000)
  assert.equal(handedOut.rate('G', 'T'), 10)
  await clock.advance(20_000)
  assert.equal(handedOut.rate('G', 'T'), 100 / 30)
  await clock.advance(60_000)
  assert.equal(handedOut.rate('G', 'T'), 0)
  handedOut.close()
})

test('how far a group was given messages is known by queue, until topic or group go', () => {
  const handedOut = new HandedOut(new SimulatedClock())
  handedOut.note('G', 'T', 3, 7, 1)
  handedOut.note('G2', 'T', 3, 8, 1)
  assert.deepEqual([handedOut.nextOffset('G', 'T', 3), handedOut.nextOffset('G', 'T', 0)], [7, undefined])
  handedOut.removeGroup('G')
  assert.deepEqual([handedOut.nextOffset('G', 'T', 3), handedOut.nextOffset('G2', 'T', 3)], [undefined, 8])
  handedOut.removeTopic('T')
  assert.equal(handedOut.nextOffset('G2', 'T', 3), undefined)
})

test('one group too many is not counted, and there is room again when others go', () => {
  const handedOut = new HandedOut(new SimulatedClock())
  for (let n = 0; n < brokerLimits.countedReaders; n++) handedOut.note(`G${n}`, 'T', 0, 1, 1)
  handedOut.note('one more', 'T', 0, 1, 1)
  assert.equal(handedOut.nextOffset('one more', 'T', 0), undefined)
  handedOut.removeGroup('G5')
  handedOut.note('one more', 'T', 0, 1, 1)
  assert.equal(handedOut.nextOffset('one more', 'T', 0), 1)
})
