import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { timerWheelSlots } from '../../src/format/timer-slot.ts'
import { TimerWheel } from '../../src/timer/timer-wheel.ts'

/** The first second of those that wait. */
function firstOf(waiting: ReadonlySet<number>, from: number): number | undefined {
  const later = [...waiting].filter((second) => second >= from)
  return later.length === 0 ? undefined : Math.min(...later)
}

test('the next second for which something waits is known, whatever came and went meanwhile', async () => {
  for (let seed = 1; seed <= 20; seed++) {
    const random = new SeededRandom(seed)
    const wheel = new TimerWheel(new MemoryFileSystem(), '/store')
    const waiting = new Set<number>()
    let read = 2_000_000
    for (let step = 0; step < 2_000; step++) {
      const second = read + random.int(300)
      const deed = random.int(20)
      if (deed < 8) {
        wheel.put({ second, first: 0, last: step, count: 1 })
        waiting.add(second)
        waiting.delete(second - timerWheelSlots)
      } else if (deed < 10) {
        wheel.put({ second, first: -1, last: -1, count: 0 })
        waiting.delete(second)
      } else if (deed < 11) {
        // Nothing waits before what is read; pages without anything leave the memory.
        read += random.int(10) === 0 ? timerWheelSlots - random.int(50) : random.int(400)
        for (const earlier of waiting) if (earlier < read) waiting.delete(earlier)
        const runs = wheel.takeChanges(read)
        if (random.int(3) === 0) wheel.giveBack(runs)
      }
      const from = random.int(4) === 0 ? Math.max(second, read) : read
      assert.equal(wheel.next(from), firstOf(waiting, from), `seed ${seed}, step ${step}`)
    }
  }
})
