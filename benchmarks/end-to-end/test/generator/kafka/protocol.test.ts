import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  batchHeadBytes,
  cutKafkaFrame,
  fetchedPartition,
  fetchRequest,
  RecordBatches,
} from '../../../generator/kafka/protocol.ts'
import { KafkaSends } from '../../../generator/kafka/send-dialect.ts'

const records = 100

/** A batch as our own sends write it, which Kafka stores as it is but for its base offset. */
function batch(baseOffset: number): Buffer {
  const sends = new KafkaSends({ host: '', port: 0, topic: 'T', topicQueues: 1, bodyBytes: 64, batch: 1 })
  sends.greeting(0)
  const outbox = Buffer.alloc(records * sends.frameBytes + sends.sealBytes)
  let length = 0
  for (let opaque = 0; opaque < records; opaque += 1)
    length += sends.encode(outbox, length, { lane: 0, index: 0, opaque, bornTimestampMs: 1, sentAtMs: opaque + 0.5 })
  const bytes = Buffer.from(outbox.subarray(sends.sealBytes - batchHeadBytes, sends.seal(outbox, length, 0)))
  bytes.writeBigInt64BE(BigInt(baseOffset))
  return bytes
}

test('records are found in whole batches, in order, and one that is cut off is left', () => {
  const whole = [batch(5_000_000_000), batch(5_000_000_100)]
  const bytes = Buffer.concat([Buffer.alloc(3), ...whole, batch(5_000_000_200).subarray(0, 90)])
  const walker = new RecordBatches()
  walker.begin(3, bytes.length)
  for (let index = 0; index < 2 * records; index += 1) {
    assert.ok(walker.next(bytes))
    assert.deepEqual(
      [walker.offset, walker.valueBytes, bytes.readDoubleBE(walker.valueAt)],
      [5_000_000_000 + index, 64, (index % records) + 0.5],
    )
  }
  assert.equal(walker.next(bytes), false)
})

test('the records of an answer are found behind what it says of transactions', () => {
  const head = Buffer.alloc(8 + 4 + 4 + 3 + 4 + 4 + 2 + 16)
  head.writeInt16BE(1, 16)
  head.writeInt16BE(6, 16 + 3 + 4 + 4)
  const lengths = (aborted: number) => {
    const bytes = Buffer.alloc(4 + 16 * Math.max(0, aborted) + 4)
    bytes.writeInt32BE(aborted)
    bytes.writeInt32BE(9, bytes.length - 4)
    return bytes
  }
  for (const aborted of [-1, 0, 2]) {
    const bytes = Buffer.concat([Buffer.alloc(5), head, lengths(aborted), Buffer.alloc(9)])
    assert.deepEqual(fetchedPartition(bytes, 5), { error: 6, recordsAt: bytes.length - 9, recordsBytes: 9 })
  }
})

test('a fetch asks for one partition from an offset on', () => {
  const bytes = fetchRequest('T', 3, 2 ** 33, 1024, 15_000)
  assert.equal(cutKafkaFrame(bytes, 0, bytes.length), bytes.length)
  assert.equal(bytes.readInt32BE(bytes.length - 16), 3)
  assert.equal(bytes.readBigInt64BE(bytes.length - 12), 2n ** 33n)
  assert.equal(bytes.readInt32BE(bytes.length - 4), 1024)
})
