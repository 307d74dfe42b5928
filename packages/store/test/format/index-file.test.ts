import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { javaHashCode } from '@cometmq/protocol/message'
import {
  continueHash,
  decodeIndexHeader,
  emptyIndexHeader,
  encodeIndexHeader,
  entryPosition,
  indexFileBytes,
  indexFileName,
  keyHashOf,
  keyTextHash,
  secondsSince,
} from '../../src/format/index-file.ts'

const shape = { slots: 100, entries: 400 }

describe('a key index file', () => {
  it('has the length of its slots and entries, and place 0 unused', () => {
    assert.equal(indexFileBytes({ slots: 5_000_000, entries: 20_000_000 }), 420_000_040)
    assert.equal(entryPosition(shape, 1), 40 + 400 + 20)
  })

  it('has a header that is read as it was written', () => {
    const header = {
      ...{ beginTimestamp: 1_795_236_579_807, endTimestamp: 1_795_236_581_602, beginPhysicalOffset: 2 ** 40 },
      ...{ endPhysicalOffset: 2 ** 41, usedSlots: 82, nextEntry: 400 },
    }
    assert.deepEqual(decodeIndexHeader(encodeIndexHeader(header), shape), header)
    assert.deepEqual(decodeIndexHeader(Buffer.alloc(40), shape), emptyIndexHeader(), 'a new file of zeros')
  })

  it('is refused with a header that cannot be', () => {
    const header = { ...emptyIndexHeader(), nextEntry: 5, usedSlots: 3 }
    for (const flaw of [{ nextEntry: 401 }, { usedSlots: -1 }, { usedSlots: 101, nextEntry: 300 }, { usedSlots: 6 }]) {
      assert.equal(decodeIndexHeader(encodeIndexHeader({ ...header, ...flaw }), shape), undefined)
    }
    assert.equal(decodeIndexHeader(encodeIndexHeader({ ...header, endPhysicalOffset: -1 }), shape), undefined)
    assert.equal(decodeIndexHeader(Buffer.alloc(39), shape), undefined)
  })

  it('is named by local time', () => {
    assert.equal(indexFileName(new Date(2026, 0, 2, 3, 4, 5, 6).getTime()), '20260102030405006')
  })
})

describe('the hash of a key', () => {
  it('is that of the text that Java would make, never negative', () => {
    assert.equal(keyTextHash('T', 'k', false), Math.abs(javaHashCode('T#k')))
    assert.equal(keyTextHash('T', 'A', true), Math.abs(javaHashCode('T#T#A')))
    assert.equal(continueHash(javaHashCode('T#'), 'xké😀x', 1, 5), javaHashCode('T#ké😀'))
    assert.equal(keyHashOf(-2_147_483_648), 0)
  })

  it('stands with whole seconds that cannot be negative or too many', () => {
    assert.equal(secondsSince(10_000, 12_999), 2)
    assert.equal(secondsSince(10_000, 9_000), 0)
    assert.equal(secondsSince(0, 9_000), 0)
    assert.equal(secondsSince(1, 2 ** 43), 0x7fff_ffff)
  })
})
