import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '@cometmq/testkit/sim'

const draw = (random: SeededRandom) =>
  Array.from({ length: 20 }, () => [random.int(1_000), random.float(), random.bytes(3).toString('hex')])

test('the same seed gives the same, another seed something else', () => {
  assert.deepEqual(draw(new SeededRandom(42)), draw(new SeededRandom(42)))
  assert.notDeepEqual(draw(new SeededRandom(42)), draw(new SeededRandom(43)))
  assert.notDeepEqual(draw(new SeededRandom(2 ** 32)), draw(new SeededRandom(0)))
})

test('the first values of a seed never change, so that a seed in a bug report stays good', () => {
  const random = new SeededRandom(1)
  assert.deepEqual(
    Array.from({ length: 5 }, () => random.int(0x7fffffff)),
    [393288148, 26619366, 1667275444, 2092745082, 1865176206],
  )
})

test('what a fork draws does not move its origin', () => {
  const origin = new SeededRandom(5)
  const other = new SeededRandom(5)
  const fork = origin.fork()
  other.fork()
  draw(fork)
  assert.deepEqual(draw(origin), draw(other))
  assert.notDeepEqual(draw(new SeededRandom(5).fork()), draw(new SeededRandom(5)))
})
