import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '@cometmq/platform'
import { MemoryFileSystem, SimulatedClock } from '@cometmq/testkit/sim'
import type { ConsumeQueue } from '../../src/queue/consume-queue.ts'
import { UnitWriter } from '../../src/queue/unit-writer.ts'
import { UnsyncedFiles } from '../../src/queue/unsynced-files.ts'
import { UnsyncedDirectories } from '../../src/segment/unsynced-directories.ts'

/** Time passes by what writes take. */
class WorkClock {
  ms = 0
  monotonicMs = () => this.ms
  endOfTick = (task: () => void) => queueMicrotask(task)
}

/** Queues with one unit each, whose writes on the event loop and off it take as long as they are told. */
function queuesOf(count: number, clock: WorkClock, nowMs: (index: number) => number, asideMs: number) {
  const ways: ('now' | 'aside')[] = []
  const queues = Array.from({ length: count }, (_, index) => {
    const queue = {
      isDirty: true,
      inFileOffset: 0,
      maxOffset: 1,
      sequence: { directory: `queues/T/${index}`, isEmpty: false, path: () => `queues/T/${index}/0` },
      written(way: 'now' | 'aside', ms: number) {
        ways.push(way)
        clock.ms += ms
        queue.inFileOffset = 1
        queue.isDirty = false
        return { start: 0, bytes: 20, isNewFile: false }
      },
      writeUnitsNow: () => queue.written('now', nowMs(index)),
      writeUnits: async () => queue.written('aside', asideMs),
    }
    return queue as unknown as ConsumeQueue
  })
  return { queues: new Set(queues), ways }
}

async function ways(count: number, nowMs: (index: number) => number): Promise<string> {
  const clock = new WorkClock()
  const files = new MemoryFileSystem({ clock: new SimulatedClock() })
  const directories = new UnsyncedDirectories(files)
  const unsynced = new UnsyncedFiles({ files, directories, maxOneByOne: 8 })
  let written = 0
  const onWritten = (bytes: number) => {
    written += bytes
  }
  const parts = { files, clock: clock as unknown as Clock, directories, unsynced, maxOpenFiles: 8, onWritten }
  const writer = new UnitWriter(parts)
  const found = queuesOf(count, clock, nowMs, 5)
  await writer.begin(found.queues)
  for (const queue of found.queues) await writer.write(queue)
  assert.equal(written, 20 * count)
  const runs: string[] = []
  for (const [index, way] of found.ways.entries()) if (way !== found.ways[index - 1]) runs.push(`${way} from ${index}`)
  return runs.join(', ')
}

test('many queues are written on the event loop, few are not', async () => {
  assert.equal(await ways(500, () => 0), 'now from 0')
  assert.equal(await ways(8, () => 0), 'aside from 0')
})

test('after a turn that took long others write for twenty times as long, and then turns go on', async () => {
  const slow = await ways(500, (index) => (index === 40 ? 25 : 0))
  assert.equal(slow, 'now from 0, aside from 64, now from 164')
})
