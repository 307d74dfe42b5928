import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkRecord, encodeRecord, recordSize } from '@cometmq/protocol/message'
import { lacksSector } from '../../src/recovery/lost-sector.ts'
import { messageWith } from '../rig.ts'

const storeHost = { host: '127.0.0.1', port: 10911 }
const sector = 512

function record(properties: string, position: number, body = 'body'): Buffer {
  const message = messageWith({ topic: 'Topic', properties, body: Buffer.from(body) })
  const bytes = Buffer.alloc(recordSize(message, storeHost))
  encodeRecord(bytes, 0, message, { queueOffset: 0, physicalOffset: position, storeTimestamp: 1, storeHost })
  return bytes
}

/** What is found at `position` when the sector that begins at `lost` never reached the disk. */
function verdict(bytes: Buffer, position: number, lost?: number): string {
  const found = Buffer.from(bytes)
  if (lost !== undefined)
    found.fill(0, Math.max(0, lost - position), Math.min(found.length, Math.max(0, lost + sector - position)))
  const check = checkRecord(found, 0, found.length, { checkCrc: true })
  if (check.kind !== 'record') return check.kind
  return lacksSector(found, 0, check, position) ? 'lacks a sector' : 'whole'
}

test('a record with a lost sector is never taken for a whole one, wherever the sector lies', () => {
  for (const properties of ['', 'KEYS\u0001k\u0002', `KEYS\u0001${'k'.repeat(1500)}\u0002`]) {
    for (let position = 0; position < 3 * sector; position += 7) {
      const bytes = record(properties, position)
      assert.equal(verdict(bytes, position), 'whole')
      const first = Math.floor(position / sector) * sector
      for (let lost = first; lost < position + bytes.length; lost += sector) {
        const holdsOnlyZeros = bytes
          .subarray(Math.max(0, lost - position), lost + sector - position)
          .every((byte) => byte === 0)
        if (!holdsOnlyZeros)
          assert.notEqual(verdict(bytes, position, lost), 'whole', `${properties.length} ${position} ${lost}`)
      }
    }
  }
})

test('a zero in a property is no lost sector', () => {
  for (let position = 0; position < 2 * sector; position++) {
    assert.equal(verdict(record('a\u0001x\0\0y\u0002', position), position), 'whole')
  }
})
