import assert from 'node:assert/strict'
import { test } from 'node:test'
import { RecordCopy } from '@cometmq/protocol'
import {
  decodeRecord,
  encodePlainRecord,
  encodeRecord,
  hostBytes,
  propertyOf,
  recordSize,
  tagsCodeOfProperties,
  withProperties,
} from '@cometmq/protocol/message'
import fc from 'fast-check'

const storeHost = { host: '10.0.0.1', port: 10_911 }
const often = (text: string, ...others: string[]) =>
  fc.oneof({ weight: 8, arbitrary: fc.constant(text) }, fc.constantFrom(...others))

const entries = fc
  .array(
    fc.constantFrom(
      ...['TAGS\u0001A\u0002', 'TAGS\u0001B\u0002', 'own\u0001value\u0002', 'PGROUP\u0001g\u0002', 'OUT\u00011\u0002'],
      ...['KEYS\u0001a b\u0002', 'name\u0001with \u0001 in it\u0002', 'WAIT\u0001false\u0002', 'DELAY\u00013\u0002'],
    ),
    { maxLength: 6 },
  )
  .map((all) => all.join(''))
const odd = often(
  '',
  'ü\u0001ü\u0002',
  'half',
  '\u0001x\u0002',
  'empty\u0001\u0002',
  'INNER_NUM\u00011\u0002',
  '\u0002',
)
const places = often(
  'REAL_TOPIC\u0001T1\u0002REAL_QID\u00013\u0002',
  'REAL_TOPIC\u0001T1\u0002',
  'REAL_QID\u00013\u0002',
  'REAL_TOPIC\u0001T1\u0002REAL_QID\u0001x\u0002',
  'REAL_TOPIC\u0001T1\u0002REAL_QID\u000107\u0002',
  'REAL_TOPIC\u0001T1\u0002REAL_QID\u00013\u0002REAL_TOPIC\u0001T2\u0002',
  'REAL_TOPIC\u0001RMQ_SYS_TRANS_HALF_TOPIC\u0002REAL_QID\u00010\u0002',
)
const properties = fc.tuple(entries, odd, places, entries, odd).map((parts) => parts.join(''))

test('a copy is the message that decoding and encoding makes', () => {
  const copy = new RecordCopy({ without: ['OUT', 'REAL_TOPIC', 'REAL_QID'], notWith: ['DELAY'] })
  let taken = 0
  const property = fc.property(
    properties,
    fc.constantFrom('10.0.0.2', '2001:db8::7'),
    fc.uint8Array({ maxLength: 100 }),
    fc.maxSafeNat(),
    (text, host, bytes, number) => {
      const message = {
        ...{ topic: 'waiting', queueId: 0, flag: number | 0, sysFlag: 4, bornTimestamp: number, reconsumeTimes: 3 },
        ...{
          bornHost: { host, port: 5 },
          preparedTransactionOffset: number,
          properties: text,
          body: Buffer.from(bytes),
        },
      }
      const record = Buffer.alloc(recordSize(message, storeHost))
      const placement = { queueOffset: 9, physicalOffset: number, storeTimestamp: 7, storeHost }
      encodeRecord(record, 0, message, placement)
      const decoded = decodeRecord(record, 0)
      if (!copy.read(record)) return
      taken++
      assert.equal(propertyOf(text, 'DELAY'), undefined)
      assert.equal(copy.physicalOffset, number)
      assert.ok(
        copy.isIn(Buffer.from('waiting')) && !copy.isIn(Buffer.from('waitinG')) && !copy.isIn(Buffer.from('wait')),
      )
      assert.equal(copy.tagsCode, tagsCodeOfProperties(text))
      copy.appendNumber(Buffer.from('AT\u0001'), number)
      const without = { OUT: undefined, REAL_TOPIC: undefined, REAL_QID: undefined }
      const expected = {
        ...{ ...decoded, topic: propertyOf(text, 'REAL_TOPIC')!, queueId: 3 },
        properties: withProperties(text, { ...without, AT: String(number) }),
      }
      const size = recordSize(expected, storeHost)
      const [oracle, written] = [Buffer.alloc(size), Buffer.alloc(size)]
      encodeRecord(oracle, 0, expected, placement)
      const memory = { bytes: written, view: new DataView(written.buffer, written.byteOffset) }
      assert.equal(encodePlainRecord(memory, 0, copy.message, placement, hostBytes(storeHost)!), size)
      assert.deepEqual(written, oracle)
      const group = propertyOf(text, 'PGROUP') ?? ''
      assert.equal(copy.isOfGroup(Buffer.from('g'), 1), group === 'g')
    },
  )
  fc.assert(property, { numRuns: 2_000 })
  assert.ok(taken > 300, `${taken} were taken`)
})

test('a record with other parts than it has room for, and one that is none, are not taken', () => {
  const copy = new RecordCopy({ without: [], notWith: [] })
  assert.equal(copy.read(Buffer.alloc(200)), false)
  const message = {
    ...{ topic: 'waiting', queueId: 0, flag: 0, sysFlag: 0, bornTimestamp: 1, bornHost: storeHost, reconsumeTimes: 0 },
    ...{ preparedTransactionOffset: 0, body: Buffer.from('x') },
    properties: `REAL_TOPIC\u0001T\u0002REAL_QID\u00010\u0002long\u0001${'x'.repeat(8_192)}\u0002`,
  }
  const record = Buffer.alloc(recordSize(message, storeHost))
  encodeRecord(record, 0, message, { queueOffset: 0, physicalOffset: 0, storeTimestamp: 0, storeHost })
  assert.equal(copy.read(record), false)
})
