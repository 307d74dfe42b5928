import assert from 'node:assert/strict'
import { test } from 'node:test'
import { unitBytes } from '../../src/format/queue-unit.ts'
import { noSlab, WindowMemory } from '../../src/queue/window-memory.ts'

test('pieces of one size share a slab and do not overlap', () => {
  const memory = new WindowMemory()
  const pieces = Array.from({ length: 1024 }, () => memory.take(16))
  assert.equal(new Set(pieces.map(({ slab }) => slab)).size, 1)
  assert.equal(new Set(pieces.map(({ at }) => at)).size, 1024)
  assert.ok(pieces.every(({ at, slab }) => at % (16 * unitBytes) === 0 && at < slab.bytes.length))
  assert.notEqual(memory.take(16).slab, pieces[0]!.slab, 'it is full')
})

test('a piece that was given back is the next one taken, and an unused slab goes', () => {
  const memory = new WindowMemory()
  const pieces = Array.from({ length: 3 * 1024 }, () => memory.take(10))
  assert.equal(memory.bytes, 3 * 1024 * 16 * unitBytes)
  const [one] = pieces.splice(1500, 1)
  memory.give(one!.slab, one!.at)
  pieces.push(memory.take(16))
  assert.deepEqual(pieces.at(-1), one)
  const slabs = [...new Set(pieces.map(({ slab }) => slab))]
  for (const { slab, at } of pieces) memory.give(slab, at)
  assert.equal(memory.bytes, 0)
  const left = new Set(Array.from({ length: 1024 }, () => memory.take(16).slab))
  assert.equal(left.size, 1)
  assert.ok(slabs.includes([...left][0]!))
  assert.ok(!slabs.includes(memory.take(16).slab), 'the others were given back')
})

test('what fits no slab has one of its own', () => {
  const memory = new WindowMemory()
  const { slab, at } = memory.take(20_000)
  assert.equal(at, 0)
  assert.equal(slab.bytes.length, 32_768 * unitBytes)
  assert.equal(noSlab.pieceUnits, 0)
})
