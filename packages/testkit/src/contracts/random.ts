import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Random } from '@cometmq/platform'

const draws = 20_000

/** What holds for every `Random`. */
export function randomContract(name: string, makeRandom: () => Random): void {
  describe(`random contract: ${name}`, () => {
    test('int stays below its bound and reaches every value about equally often', () => {
      const random = makeRandom()
      const counts = new Array<number>(10).fill(0)
      for (let draw = 0; draw < draws; draw++) counts[random.int(10)]!++
      // Ten times the deviation to be expected.
      for (const count of counts) assert.ok(Math.abs(count - draws / 10) < 430, `${counts}`)
      assert.equal(random.int(1), 0)
      for (let draw = 0; draw < 100; draw++) {
        const value = random.int(0x7fffffff)
        assert.ok(Number.isInteger(value) && value >= 0 && value < 0x7fffffff)
      }
    })

    test('int refuses a bound that is none', () => {
      const random = makeRandom()
      for (const bound of [0, -1, 1.5, 2 ** 31, Number.NaN]) assert.throws(() => random.int(bound), /bound/)
    })

    test('float lies in [0, 1), in the mean in the middle', () => {
      const random = makeRandom()
      let sum = 0
      for (let draw = 0; draw < draws; draw++) {
        const value = random.float()
        assert.ok(value >= 0 && value < 1)
        sum += value
      }
      assert.ok(Math.abs(sum / draws - 0.5) < 0.02)
    })

    test('bytes gives as many as asked, all values among them, into a buffer of their own', () => {
      const random = makeRandom()
      assert.equal(random.bytes(0).length, 0)
      const bytes = random.bytes(draws)
      assert.equal(bytes.length, draws)
      assert.equal(new Set(bytes).size, 256)
      const small = random.bytes(8)
      const copy = Buffer.from(small)
      random.bytes(8).fill(0)
      assert.deepEqual(small, copy)
    })
  })
}
