import assert from 'node:assert/strict'
import { it } from 'node:test'
import { DelayLevels } from '../../src/dispatch/delay-levels.ts'

it('reads the delays of the levels, and counts a level above the highest as the highest', () => {
  const levels = new DelayLevels(' 1s 5m  2h 1d')
  assert.deepEqual(
    [1, 2, 3, 4, 5].map((level) => levels.deliverAt(level, 0)),
    [1_000, 300_000, 7_200_000, 86_400_000, 86_400_000],
  )
})

it('says which word is no delay', () => {
  assert.throws(() => new DelayLevels('1s 5x'), { code: 'STORE_OPEN_FAILED', message: /"5x"/ })
})
