import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SeededRandom } from '@cometmq/testkit/sim'
import { type Due, DueQueue } from '../../src/pop/due-queue.ts'

test('what is due first comes first, whatever is added and removed', () => {
  for (let seed = 1; seed <= 50; seed++) {
    const random = new SeededRandom(seed)
    const queue = new DueQueue<Due>()
    const waiting = new Set<Due>()
    for (let step = 0; step < 200; step++) {
      const choice = random.int(3)
      if (choice < 2) {
        const item = { dueMs: random.int(50), place: -1 }
        waiting.add(item)
        queue.add(item)
      } else {
        const item = [...waiting][random.int(Math.max(waiting.size, 1))]
        if (item !== undefined) {
          waiting.delete(item)
          queue.remove(item)
          queue.remove(item)
        }
      }
      const least = waiting.size === 0 ? undefined : Math.min(...Array.from(waiting, ({ dueMs }) => dueMs))
      assert.deepEqual([queue.size, queue.first?.dueMs], [waiting.size, least], `seed ${seed}, step ${step}`)
    }
  }
})
