import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  encodePlainRecord,
  encodeRecord,
  hostBytes,
  type Message,
  plainRecordSize,
  recordSize,
} from '@cometmq/protocol/message'
import fc from 'fast-check'

const hosts = fc.record({
  host: fc.constantFrom('10.0.0.2', '2001:db8::7', '::ffff:10.1.2.3'),
  port: fc.integer({ min: 1, max: 65_535 }),
})
const ascii = (maxLength: number) =>
  fc.string({ unit: fc.constantFrom('a', 'Z', '_', '%', '7'), minLength: 1, maxLength })

test('a plain record is the record of the same message', () => {
  fc.assert(
    fc.property(
      fc.record({
        topic: ascii(127),
        queueId: fc.nat(),
        flag: fc.integer(),
        sysFlag: fc.integer(),
        bornTimestamp: fc.integer({ min: -1, max: 2 ** 50 }),
        bornHost: hosts,
        reconsumeTimes: fc.integer(),
        preparedTransactionOffset: fc.maxSafeNat(),
        properties: ascii(300),
        body: fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      }),
      fc.record({
        queueOffset: fc.maxSafeNat(),
        physicalOffset: fc.maxSafeNat(),
        storeTimestamp: fc.nat(),
        storeHost: hosts,
      }),
      (fields, placement) => {
        const message: Message = fields
        const storeHost = hostBytes(placement.storeHost)!
        const plain = {
          ...fields,
          topicBytes: Buffer.from(fields.topic),
          bornHost: hostBytes(fields.bornHost)!,
          properties: Buffer.from(`${fields.properties}and more`),
          propertiesLength: fields.properties.length,
        }
        const size = recordSize(message, placement.storeHost)
        assert.equal(plainRecordSize(plain, storeHost), size)
        const expected = Buffer.alloc(size + 8)
        const written = Buffer.alloc(size + 8)
        encodeRecord(expected, 3, message, placement)
        assert.equal(
          encodePlainRecord(
            { bytes: written, view: new DataView(written.buffer, written.byteOffset) },
            3,
            plain,
            placement,
            storeHost,
          ),
          size,
        )
        assert.deepEqual(written, expected)
      },
    ),
    { numRuns: 500 },
  )
})

test('a host that is no IP address has no bytes', () => {
  assert.equal(hostBytes({ host: 'localhost', port: 1 }), undefined)
})
