import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { unitBytes, unitPhysicalOffset } from '../../src/format/queue-unit.ts'
import { UnitWindow } from '../../src/queue/unit-window.ts'
import { WindowMemory } from '../../src/queue/window-memory.ts'

const maxUnits = 64

/** What a window is: queue offsets from `first` on with what was appended for each. */
class PlainWindow {
  first = 0
  inFile = 0
  units: number[] = []
}

interface Step {
  readonly window: number
  readonly kind: 'append' | 'written' | 'cut' | 'reset'
  readonly count: number
}

const steps = fc.array(
  fc.record<Step>({
    window: fc.nat(4),
    kind: fc.constantFrom('append', 'append', 'append', 'written', 'cut', 'reset'),
    count: fc.nat(100),
  }),
  { maxLength: 60 },
)

test('windows that share memory hold what was appended to each of them', () => {
  fc.assert(
    fc.property(steps, (all) => {
      const memory = new WindowMemory()
      const windows = Array.from({ length: 5 }, () => new UnitWindow(maxUnits, memory, 0))
      const plain = Array.from({ length: 5 }, () => new PlainWindow())
      let physicalOffset = 1
      for (const { window: index, kind, count } of all) {
        const window = windows[index]!
        const twin = plain[index]!
        const end = twin.first + twin.units.length
        if (kind === 'append') {
          for (let n = 0; n < count; n++) {
            window.append(physicalOffset, 100, 0, twin.inFile)
            twin.units.push(physicalOffset++)
          }
        } else if (kind === 'written') twin.inFile = end
        else if (kind === 'cut') {
          const to = Math.max(window.first, end - count)
          window.cut(to)
          twin.units.length = to - twin.first
          twin.inFile = Math.min(twin.inFile, to)
        } else {
          window.reset(end)
          twin.units = []
          twin.first = end
        }
        for (const [at, { units, first }] of plain.entries()) check(windows[at]!, units, first)
      }
      assert.equal(
        memory.bytes,
        windows.reduce((sum, { bytes }) => sum + bytes, 0),
      )
    }),
  )
})

/** A window may have dropped units from the front. */
function check(window: UnitWindow, units: readonly number[], first: number): void {
  assert.equal(window.end, first + units.length)
  const bytes = window.view(window.first, window.end)
  const found = Array.from({ length: bytes.length / unitBytes }, (_, n) => unitPhysicalOffset(bytes, n * unitBytes))
  assert.deepEqual(found, units.slice(window.first - first))
}

test('a window keeps the newer half of what the file has', () => {
  const window = new UnitWindow(maxUnits, new WindowMemory(), 0)
  for (let n = 0; n < 10_000; n++) window.append(n, 100, 0, n)
  assert.equal(window.end, 10_000)
  assert.ok(window.end - window.first >= maxUnits / 2)
  assert.equal(window.bytes, maxUnits * unitBytes)
})
