import assert from 'node:assert/strict'
import { test } from 'node:test'
import { crc32c } from '../../../generator/kafka/crc32c.ts'
import {
  batchHeadBytes,
  cutKafkaFrame,
  errorCode,
  varintBytes,
  writeVarint,
} from '../../../generator/kafka/protocol.ts'
import { KafkaSends } from '../../../generator/kafka/send-dialect.ts'

test('the checksum is CRC-32C', () => {
  assert.equal(crc32c(Buffer.from('123456789'), 0, 9), 0xe3069283)
  assert.equal(crc32c(Buffer.alloc(32), 0, 32), 0x8a9136aa)
  assert.equal(crc32c(Buffer.from('x123456789x'), 1, 10), 0xe3069283)
})

test('numbers are written as varints', () => {
  const bytes = Buffer.alloc(5)
  for (const [value, hex] of [
    [0, '00'],
    [1, '02'],
    [63, '7e'],
    [64, '8001'],
    [1024, '8010'],
    [16_384, '808002'],
  ] as const) {
    const length = writeVarint(bytes, 0, value)
    assert.equal(bytes.toString('hex', 0, length), hex)
    assert.equal(varintBytes(value), length)
  }
})

function rig() {
  const sends = new KafkaSends({ host: '', port: 0, topic: 'T', topicQueues: 4, bodyBytes: 8, batch: 1 })
  sends.greeting(0)
  sends.greeting(1)
  const outbox = Buffer.alloc(4 * sends.frameBytes + sends.sealBytes)
  const write = (lane: number, ...opaques: number[]) => {
    let length = 0
    for (const opaque of opaques)
      length += sends.encode(outbox, length, { lane, index: 0, opaque, bornTimestampMs: 2 ** 40 + 5, sentAtMs: 1.5 })
    return sends.seal(outbox, length, lane)
  }
  const answer = (correlation: number, error: number) => {
    const bytes = Buffer.alloc(4 + 4 + 4 + 2 + 1 + 4 + 4 + 2 + 8 + 8 + 4)
    bytes.writeInt32BE(bytes.length - 4, 0)
    bytes.writeInt32BE(correlation, 4)
    bytes.writeInt32BE(1, 8)
    bytes.writeInt16BE(1, 12)
    bytes.write('T', 14)
    bytes.writeInt16BE(error, 23)
    return bytes
  }
  const read = (lane: number, correlation: number, error = 0) => {
    const bytes = answer(correlation, error)
    const found: (string | number)[] = [sends.read(bytes, 0, bytes.length, lane), sends.opaque]
    while (sends.another(lane)) found.push(sends.opaque)
    return found
  }
  return { sends, outbox, write, read }
}

test('what is sent at one moment is one batch for the partition of its connection', () => {
  const { outbox, write } = rig()
  const length = write(1, 20, 21, 22)
  assert.equal(cutKafkaFrame(outbox, 0, length - 1), -1)
  assert.equal(cutKafkaFrame(outbox, 0, length), length)
  const batchAt = outbox.indexOf('T') + 1 + 4 + 4 + 4
  assert.equal(outbox.readInt32BE(batchAt - 8), 1, 'partition')
  assert.equal(outbox.readInt32BE(batchAt - 4), length - batchAt, 'length of the records')
  assert.equal(outbox.readInt32BE(batchAt + 8), length - batchAt - 12, 'length of the batch')
  assert.equal(outbox[batchAt + 16], 2, 'magic')
  assert.equal(outbox.readUInt32BE(batchAt + 17), crc32c(outbox, batchAt + 21, length))
  assert.equal(outbox.readInt32BE(batchAt + 23), 2, 'last offset')
  assert.equal(outbox.readBigInt64BE(batchAt + 27), 2n ** 40n + 5n)
  assert.equal(outbox.readBigInt64BE(batchAt + 43), -1n, 'no producer id')
  assert.equal(outbox.readInt32BE(batchAt + 57), 3)
  const recordBytes = (length - batchAt - batchHeadBytes) / 3
  const second = outbox.subarray(batchAt + batchHeadBytes + recordBytes, batchAt + batchHeadBytes + 2 * recordBytes)
  // Length, attributes, time, offset 1, no key, 8 bytes of value; at the end no headers.
  assert.equal(second.toString('hex', 0, 6), `${(2 * (recordBytes - 1)).toString(16)}0000020110`)
  assert.equal(second.readDoubleBE(6), 1.5)
})

test('an answer is that of all sends of its request, each connection by itself', () => {
  const { sends, write, read } = rig()
  write(0, 10, 11)
  write(1, 20)
  write(0, 12)
  assert.deepEqual(read(0, 1), ['acknowledged', 10, 11])
  assert.deepEqual(read(1, 1, errorCode.notLeader), ['busy', 20])
  assert.deepEqual(read(0, 2, 2), ['refused', 12])
  assert.throws(() => sends.throwIfRefused(), /refused 1 batches, the first with error code 2/)
  assert.throws(() => read(0, 9), /answered request 9, and 3 is next/)
})
