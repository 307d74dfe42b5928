import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrame, EndTransactionScanner, type ExtFields, encodeFrame } from '@cometmq/protocol'
import { endTransaction } from '@cometmq/protocol/commands'
import fc from 'fast-check'

const scanner = new EndTransactionScanner()
const often = (text: string, ...others: string[]) =>
  fc.oneof({ weight: 9, arbitrary: fc.constant(text) }, fc.constantFrom(...others))
const numbers = ['0', '1', '07', '-1', '', '9007199254740991', '99999999999999999999', '1x', '1.0', '4294967296']

const fields: fc.Arbitrary<ExtFields> = fc
  .record(
    {
      producerGroup: often('group', 'g', '', 'ü', 'a "quoted"', 'x'.repeat(300)),
      tranStateTableOffset: often('17', ...numbers),
      commitLogOffset: often('123456789012', ...numbers),
      commitOrRollback: often('8', '12', '0', ...numbers),
      fromTransactionCheck: often('false', 'true', 'TRUE', 'x', ''),
      msgId: often('0A0000020001000000000000000A0001', 'ü'),
      transactionId: often('0A0000020001000000000000000A0001', ''),
      topic: often('T1', 'T2'),
      other: often('x', '"'),
    },
    { requiredKeys: [] },
  )
  .filter((found) => Object.keys(found).length > 3)

/** Whether it is taken; then it says what decoding says. */
function holdTogether(frame: Buffer): boolean {
  const memory = Buffer.concat([Buffer.from('before'), frame, Buffer.from('behind')])
  if (!scanner.scan(memory, 6, 6 + frame.length)) return false
  const { opaque, flag, code, ext } = decodeFrame(frame, 0, frame.length)
  assert.equal(code, endTransaction.code)
  const request = endTransaction.decodeRequest(ext)
  const scanned = {
    ...{ opaque: scanner.opaque, flag: scanner.frameFlag },
    producerGroup: scanner.group.toString('latin1', 0, scanner.groupLength),
    tranStateTableOffset: scanner.tranStateTableOffset,
    commitLogOffset: scanner.commitLogOffset,
    commitOrRollback: scanner.commitOrRollback,
    fromTransactionCheck: scanner.fromTransactionCheck,
  }
  const { producerGroup, tranStateTableOffset, commitLogOffset, commitOrRollback, fromTransactionCheck } = request
  assert.deepEqual(scanned, {
    ...{ opaque, flag, producerGroup, tranStateTableOffset, commitLogOffset, commitOrRollback, fromTransactionCheck },
  })
  return true
}

test('what is scanned is what decoding says', () => {
  let taken = 0
  const property = fc.property(
    fields,
    fc.nat(),
    fc.constantFrom(0, 0, 2, 1),
    fc.constantFrom(37, 37, 37, 10, 370),
    fc.constantFrom<'json' | 'rocketmq'>('json', 'json', 'json', 'rocketmq'),
    (ext, opaque, flag, code, serialization) => {
      if (holdTogether(encodeFrame({ code, flag, opaque, ext }, serialization))) taken++
    },
  )
  fc.assert(property, { numRuns: 3_000 })
  assert.ok(taken > 100, `${taken} were taken`)
})

test('a header that is changed anywhere is not taken for another', () => {
  const ext = { producerGroup: 'g', tranStateTableOffset: '1', commitLogOffset: '2', commitOrRollback: '8' }
  const frame = encodeFrame({ code: 37, flag: 2, opaque: 5, ext }, 'json')
  assert.ok(holdTogether(frame))
  for (let at = 8; at < frame.length; at++) {
    for (const byte of [0x20, 0x22, 0x2c, 0x30, 0x7d, 0x5c, 0xc3]) {
      const changed = Buffer.from(frame)
      changed[at] = byte
      try {
        decodeFrame(changed, 0, changed.length)
      } catch {
        assert.equal(scanner.scan(changed, 0, changed.length), false)
        continue
      }
      if (scanner.scan(changed, 0, changed.length)) holdTogether(changed)
    }
  }
  for (let end = 8; end < frame.length; end++) {
    const cut = Buffer.from(frame)
    cut.writeInt32BE(end - 8, 4)
    assert.equal(scanner.scan(cut, 0, end), false)
  }
})
