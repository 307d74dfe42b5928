import assert from 'node:assert/strict'
import { statSync } from 'node:fs'
import { test } from 'node:test'
import { isByteZeroLocked } from '../../src/node/record-locks.ts'

const file = statSync(import.meta.filename)
const device = (() => {
  const hex = (value: number) => value.toString(16).padStart(2, '0')
  return `${hex(Math.floor(file.dev / 256) % 4096)}:${hex((file.dev % 256) + Math.floor(file.dev / 2 ** 20) * 256)}`
})()
const nobody = 2 ** 22 + 1

test('a lock from byte 0 of the file counts, of whichever kind', () => {
  assert.equal(isByteZeroLocked(file, `1: POSIX  ADVISORY  WRITE ${nobody} ${device}:${file.ino} 0 0\n`), true)
  assert.equal(isByteZeroLocked(file, `12: OFDLCK ADVISORY  READ -1 ${device}:${file.ino} 0 EOF\n`), true)
})

test('no other lock counts: of other bytes, of another file, only waiting, or of the kind that Java does not see', () => {
  const others = [
    `1: POSIX  ADVISORY  WRITE ${nobody} ${device}:${file.ino} 1073741824 1073742335`,
    `2: POSIX  ADVISORY  WRITE ${nobody} ${device}:${file.ino + 1} 0 0`,
    `3: -> POSIX  ADVISORY  WRITE ${nobody} ${device}:${file.ino} 0 0`,
    `4: FLOCK  ADVISORY  WRITE ${nobody} ${device}:${file.ino} 0 EOF`,
    `5: POSIX  ADVISORY  WRITE ${nobody} ff:fff:${file.ino} 0 0`,
    '',
  ]
  assert.equal(isByteZeroLocked(file, others.join('\n')), false)
  assert.equal(isByteZeroLocked(file, ''), false)
})
