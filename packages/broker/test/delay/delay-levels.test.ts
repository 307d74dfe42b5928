import assert from 'node:assert/strict'
import { test } from 'node:test'
import { defaultDelayLevels, delayLevelOf, parseDelayLevels } from '../../src/delay/delay-levels.ts'

test('the 18 levels of RocketMQ', () => {
  const seconds = [1, 5, 10, 30, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600, 1_200, 1_800, 3_600, 7_200]
  assert.deepEqual(
    parseDelayLevels(defaultDelayLevels),
    seconds.map((each) => each * 1_000),
  )
})

test('text that is not of delays is not taken for some', () => {
  assert.deepEqual(parseDelayLevels(' 1s  2d '), [1_000, 172_800_000])
  for (const text of ['', '1', '1x', 's', '1s,2s', '-1s', '1.5s']) assert.equal(parseDelayLevels(text), undefined, text)
})

test('the level of a message is clamped to the highest; none for what is not a positive number', () => {
  const levelOf = (value: string) => delayLevelOf(`A\u0001b\u0002DELAY\u0001${value}\u0002`, 18)
  assert.deepEqual(['1', '18', '19', '2147483647', '0', '-1', 'x'].map(levelOf), [1, 18, 18, 18, 0, 0, 0])
  assert.equal(delayLevelOf('', 18), 0)
})
