import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ProtocolError } from '@cometmq/protocol'
import {
  blankMagic,
  checkRecord,
  crc32Of,
  decodeProperties,
  decodeRecord,
  encodeBlank,
  encodeRecord,
  type Message,
  minRecordBytes,
  type Placement,
  RecordEncoder,
  readBodyCrc,
  readBornTimestamp,
  readMagic,
  readPhysicalOffset,
  readProperties,
  readQueueId,
  readQueueOffset,
  readStoreTimestamp,
  readSysFlag,
  readTopic,
  readTotalSize,
  recordMagicV1,
  recordMagicV2,
  recordSize,
  sysFlag,
} from '@cometmq/protocol/message'
import fc from 'fast-check'
import { character } from '../support/character.ts'
import { fixtureFrame, fixtures } from '../support/fixtures.ts'
import { hex } from '../support/hex.ts'

const example = hex(`00000068 daa320a7 4d170e0e 00000002 00000000 0000000000000005 00000000000003e8 00000000
  0000018bcfe56800 7f0000010000c350 0000018bcfe56801 7f00000100002a9f 00000000
  0000000000000000 00000002 4869 01 54 000a 54414753015461674102`)

const message: Message = {
  topic: 'T',
  queueId: 2,
  flag: 0,
  sysFlag: 0,
  bornTimestamp: 1_700_000_000_000,
  bornHost: { host: '127.0.0.1', port: 50_000 },
  reconsumeTimes: 0,
  preparedTransactionOffset: 0,
  properties: 'TAGS\u0001TagA\u0002',
  body: Buffer.from('Hi'),
}
const placement: Placement = {
  queueOffset: 5,
  physicalOffset: 1000,
  storeTimestamp: 1_700_000_000_001,
  storeHost: { host: '127.0.0.1', port: 10_911 },
}

function encoded(from: Message, to: Placement, at = 0): Buffer {
  const size = recordSize(from, to.storeHost)
  const bytes = Buffer.alloc(at + size + 3, 0xee)
  assert.equal(encodeRecord(bytes, at, from, to), size)
  assert.ok(bytes.subarray(at + size).equals(Buffer.alloc(3, 0xee)), 'nothing is written behind the record')
  return bytes.subarray(at, at + size)
}

test('a record is written as Apache writes it', () => {
  assert.deepEqual(encoded(message, placement), example)
  assert.deepEqual(decodeRecord(example, 0), { ...message, ...placement, size: 104, bodyCrc: 0x4d170e0e })
})

test('every recorded record is read, checked, and written as it was', () => {
  let compared = 0
  for (const fixture of fixtures) {
    const carriesRecords =
      [11, 33, 361].includes(fixture.code) && fixture.direction === 'response' && fixture.responseCode === 0
    if (!carriesRecords) continue
    const { body } = fixtureFrame(fixture)
    for (let at = 0; at < body.length; ) {
      const check = checkRecord(body, at, body.length, { checkCrc: true })
      assert.ok(check.kind === 'record', fixture.file)
      const record = decodeRecord(body, at)
      assert.equal(record.size, check.size)
      assert.equal(readTopic(body, check), record.topic)
      assert.equal(readProperties(body, at, check), record.properties)
      assert.ok(decodeProperties(record.properties).size > 0)
      assert.deepEqual(encoded(record, record), body.subarray(at, at + record.size))
      at += check.size
      compared++
    }
  }
  assert.ok(compared > 250, `${compared} records`)
})

test('fields are read in place', () => {
  const v6 = { ...message, bornHost: { host: '2001:db8::1', port: 1 }, sysFlag: sysFlag.COMPRESSED }
  for (const from of [message, v6]) {
    const bytes = Buffer.concat([Buffer.alloc(7), encoded(from, placement)])
    const at = 7
    assert.equal(readTotalSize(bytes, at), recordSize(from, placement.storeHost))
    assert.equal(readMagic(bytes, at), recordMagicV1)
    assert.equal(readBodyCrc(bytes, at), crc32Of(message.body))
    assert.equal(readQueueId(bytes, at), 2)
    assert.equal(readQueueOffset(bytes, at), 5)
    assert.equal(readPhysicalOffset(bytes, at), 1000)
    assert.equal(readBornTimestamp(bytes, at), message.bornTimestamp)
    assert.equal(readStoreTimestamp(bytes, at), placement.storeTimestamp)
    assert.equal(readSysFlag(bytes, at), from === v6 ? sysFlag.COMPRESSED | sysFlag.BORN_HOST_V6 : 0)
  }
})

test('the bits for IPv6 follow from the hosts, whatever the sender says', () => {
  const claimed = { ...message, sysFlag: sysFlag.BORN_HOST_V6 | sysFlag.STORE_HOST_V6 }
  assert.equal(decodeRecord(encoded(claimed, placement), 0).sysFlag, 0)
  const mapped = { ...message, bornHost: { host: '::ffff:10.0.0.1', port: 1 } }
  assert.deepEqual(decodeRecord(encoded(mapped, placement), 0).bornHost, { host: '10.0.0.1', port: 1 })
})

test('a topic of more than 127 bytes makes a record of version 2', () => {
  for (const [length, magic, fixed] of [
    [127, recordMagicV1, 91],
    [128, recordMagicV2, 92],
    [255, recordMagicV2, 92],
  ] as const) {
    const long = { ...message, topic: 't'.repeat(length), properties: '', body: Buffer.alloc(0) }
    const bytes = encoded(long, placement)
    assert.equal(bytes.length, fixed + length)
    assert.equal(readMagic(bytes, 0), magic)
    assert.equal(readBodyCrc(bytes, 0), 0)
    assert.equal(decodeRecord(bytes, 0).topic, long.topic)
  }
})

const host = fc.record({
  host: fc.constantFrom('1.2.3.4', '255.255.255.255', '2001:db8::5', '::1', 'fe80::1:2'),
  port: fc.nat(65_535),
})
const anyMessage: fc.Arbitrary<Message> = fc.record({
  topic: fc.string({ unit: character, minLength: 1, maxLength: 40 }),
  queueId: fc.nat(),
  flag: fc.integer(),
  sysFlag: fc.nat(0x7ff).map((bits) => bits & ~(sysFlag.BORN_HOST_V6 | sysFlag.STORE_HOST_V6)),
  bornTimestamp: fc.maxSafeInteger(),
  bornHost: host,
  reconsumeTimes: fc.integer(),
  preparedTransactionOffset: fc.maxSafeInteger(),
  properties: fc.string({ unit: character, maxLength: 300 }),
  body: fc.uint8Array({ maxLength: 500 }).map((bytes) => Buffer.from(bytes)),
})
const anyPlacement: fc.Arbitrary<Placement> = fc.record({
  queueOffset: fc.maxSafeInteger(),
  physicalOffset: fc.maxSafeNat(),
  storeTimestamp: fc.maxSafeNat(),
  storeHost: host,
})

test('any message survives', () => {
  fc.assert(
    fc.property(anyMessage, anyPlacement, fc.nat(20), (from, to, at) => {
      const bytes = encoded(from, to, at)
      const record = decodeRecord(bytes, 0)
      const hosts = sysFlag.BORN_HOST_V6 | sysFlag.STORE_HOST_V6
      assert.equal(record.sysFlag & ~hosts, from.sysFlag)
      for (const name of ['topic', 'queueId', 'flag', 'bornTimestamp', 'reconsumeTimes', 'properties', 'body'] as const)
        assert.deepEqual(record[name], from[name])
      assert.equal(record.preparedTransactionOffset, from.preparedTransactionOffset)
      for (const name of ['queueOffset', 'physicalOffset', 'storeTimestamp'] as const)
        assert.equal(record[name], to[name])
      assert.deepEqual({ ...record.bornHost }, { ...from.bornHost })
      assert.deepEqual({ ...record.storeHost }, { ...to.storeHost })
      assert.equal(checkRecord(bytes, 0, bytes.length, { checkCrc: true }).kind, 'record')
    }),
  )
})

test('a record that is cut anywhere is bad, and so is one with any bit of its body or lengths turned', () => {
  for (let end = 0; end < example.length; end++)
    assert.equal(checkRecord(example, 0, end, { checkCrc: true }).kind, 'bad', `${end} bytes`)
  const checked = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 84, 85, 86, 87, 88, 89, 90, 92, 93]
  for (const at of checked) {
    for (let bit = 0; bit < 8; bit++) {
      const damaged = Buffer.from(example)
      damaged[at]! ^= 1 << bit
      assert.equal(checkRecord(damaged, 0, damaged.length, { checkCrc: true }).kind, 'bad', `byte ${at} bit ${bit}`)
    }
  }
})

test('the CRC is only looked at when asked', () => {
  const damaged = Buffer.from(example)
  damaged[88] = 0
  assert.equal(checkRecord(damaged, 0, damaged.length, { checkCrc: false }).kind, 'record')
  assert.deepEqual(checkRecord(damaged, 0, damaged.length, { checkCrc: true }), {
    kind: 'bad',
    reason: `the CRC of its body is ${crc32Of(Buffer.from([0, 0x69]))}, not ${0x4d170e0e}`,
  })
})

test('a blank says how much of the file is unused', () => {
  const file = Buffer.alloc(100)
  encodeBlank(file, 20, 80)
  assert.equal(readMagic(file, 20), blankMagic)
  assert.deepEqual(checkRecord(file, 20, 100, { checkCrc: true }), { kind: 'blank', size: 80 })
  assert.deepEqual(checkRecord(file, 20, 28, { checkCrc: true }), { kind: 'blank', size: 80 })
  assert.equal(checkRecord(file, 20, 27, { checkCrc: true }).kind, 'bad')
  encodeBlank(file, 20, 7)
  assert.equal(checkRecord(file, 20, 100, { checkCrc: true }).kind, 'bad')
})

test('zeros are no record', () => {
  assert.equal(checkRecord(Buffer.alloc(200), 0, 200, { checkCrc: true }).kind, 'bad')
  assert.equal(checkRecord(Buffer.alloc(0), 0, 0, { checkCrc: true }).kind, 'bad')
  assert.throws(() => decodeRecord(Buffer.alloc(minRecordBytes), 0), ProtocolError)
})

test('a host that is no IP address is a mistake of the program', () => {
  const named = { ...message, bornHost: { host: 'localhost', port: 1 } }
  assert.throws(() => recordSize(named, placement.storeHost), /must be an IP address, not "localhost"/)
  assert.throws(() => encodeRecord(Buffer.alloc(200), 0, named, placement), /must be an IP address/)
})

test('an encoder that has seen other messages writes what a new one writes', () => {
  const encoder = new RecordEncoder()
  fc.assert(
    fc.property(anyMessage, anyPlacement, (from, to) => {
      const size = recordSize(from, to.storeHost)
      assert.equal(encoder.sizeOf(from, to.storeHost), size)
      const bytes = Buffer.alloc(size)
      assert.equal(encoder.encode(bytes, 0, from, to), size)
      assert.deepEqual(bytes, encoded(from, to))
    }),
  )
})

test('an encoder forgets topics when it knows very many, and goes on', () => {
  const encoder = new RecordEncoder()
  for (let number = 0; number < 3000; number++) {
    const from = { ...message, topic: `topic-${number}` }
    const bytes = Buffer.alloc(encoder.sizeOf(from, placement.storeHost))
    encoder.encode(bytes, 0, from, placement)
    assert.equal(decodeRecord(bytes, 0).topic, from.topic)
  }
})
