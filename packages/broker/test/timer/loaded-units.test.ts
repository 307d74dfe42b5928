import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import type { MessageStore } from '@cometmq/store'
import { SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { LoadedUnits } from '../../src/timer/loaded-units.ts'

const recordBytes = 600
const epochMs = 1_790_000_000_001

/** A log of which only the reads are looked at. */
function rig({ read = async (bytes: number) => Buffer.alloc(bytes) } = {}) {
  const clock = new SimulatedClock(epochMs)
  const reads: number[][] = []
  const store = {
    recordsAt: (places: { physicalOffset: number; size: number }[]) => {
      reads.push(places.map(({ physicalOffset }) => physicalOffset))
      return Promise.all(places.map(({ size }) => read(size)))
    },
  } as unknown as MessageStore
  let gathered = 0
  const units = new LoadedUnits({ store, clock, logger: silentLogger, onGathered: () => gathered++ })
  const push = (physicalOffset: number, waitMs: number, size = recordBytes) => {
    const unit = { bits: 1, writtenMs: 5, dueMs: epochMs + waitMs, physicalOffset, size, topicHash: 1 }
    units.push(unit, unit.dueMs, Math.floor(unit.dueMs / 1_000))
  }
  return { clock, units, reads, push, gathered: () => gathered }
}

test('those of seconds to come are read in the order of the log, many at once, and come in the order of their times', async () => {
  const { clock, units, reads, push } = rig()
  const random = new SeededRandom(1)
  const places = Array.from({ length: 5_000 }, (_, index) => index * 4_000)
  for (let left = places.length; left > 0; left--) {
    const [place] = places.splice(random.int(left), 1)
    push(place!, 1_002 + 2 * random.int(4_000))
  }
  units.gather()
  await clock.advance(1)
  assert.ok(reads.length <= 21, `${reads.length} reads`)
  for (const read of reads)
    assert.deepEqual(
      read,
      read.toSorted((a, b) => a - b),
    )
  let last = 0
  for (let count = 5_000; count > 0; count--) {
    const { unit, record } = units.popReady()!
    assert.ok(unit.dueMs >= last)
    last = unit.dueMs
    assert.equal(record.length, recordBytes)
  }
  assert.equal(units.size, 0)
})

test('what is due at once does not wait for others, and neither is what is far away read', () => {
  const { clock, units, push } = rig()
  push(0, 300)
  assert.equal(units.firstAloneMs, epochMs + 300)
  push(1_000, 9_000)
  assert.equal(units.nextGatherMs, epochMs + 4_000)
  units.gather()
  assert.equal(units.firstToGatherMs, epochMs + 9_000)
  assert.equal(clock.now(), epochMs)
})

test('when very many are due at once they are gathered after all', async () => {
  const { clock, units, push, reads } = rig()
  for (let i = 0; i < 3_000; i++) push(i * 1_000, 400)
  assert.ok(units.nextGatherMs <= epochMs)
  units.gather()
  await clock.advance(1)
  let ready = 0
  while (units.popReady() !== undefined) ready++
  assert.equal(units.size, 3_000 - ready)
  assert.ok(ready > 1_500 && reads.length < 10, `${ready} gathered with ${reads.length} reads`)
})

test('a large one is read alone, and what cannot be read is tried alone', async () => {
  let isBroken = true
  const { clock, units, push } = rig({
    read: async (bytes) => {
      if (isBroken) throw new Error('the disk is broken')
      return Buffer.alloc(bytes)
    },
  })
  push(0, 2_000, 100_000)
  push(200_000, 3_000)
  units.gather()
  await clock.advance(1)
  assert.equal(units.popAlone()!.unit.physicalOffset, 0)
  assert.equal(units.popAlone()!.unit.physicalOffset, 200_000)
  isBroken = false
  push(300_000, 4_000)
  await clock.advance(600)
  units.gather()
  await clock.advance(1)
  assert.equal(units.popReady()!.unit.physicalOffset, 300_000)
})

test('memory has a limit: further ones are gathered when some have gone, and before all have', async () => {
  const { clock, units, push, gathered } = rig()
  const bytes = 60_000
  const count = 2_500
  for (let i = 0; i < count; i++) push(i * bytes, 1_002 + 2 * i, bytes)
  for (let round = 0; round < 8; round++) {
    units.gather()
    await clock.advance(600)
  }
  const before = gathered()
  assert.ok(units.nextGatherMs === Number.POSITIVE_INFINITY && units.firstToGatherMs < Number.POSITIVE_INFINITY)
  let taken = 0
  while (units.nextGatherMs === Number.POSITIVE_INFINITY) {
    units.popReady()
    taken++
  }
  assert.equal(units.size, count - taken)
  assert.ok(taken < count / 4, `${taken} had to go first`)
  units.gather()
  await clock.advance(1)
  assert.equal(gathered(), before + 1)
})
