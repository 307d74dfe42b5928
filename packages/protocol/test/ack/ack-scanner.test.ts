import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AckScanner, decodeFrame, encodeFrame } from '@cometmq/protocol'
import { ackMessage } from '@cometmq/protocol/commands/pop'
import fc from 'fast-check'

const scanner = new AckScanner()

const plainExt = {
  consumerGroup: 'PG',
  extraInfo: '12 1700000000000 60000 3 0 broker-a 1 15',
  offset: '15',
  queueId: '1',
  topic: 'T1',
}

/** The scan answers nothing, or what decoding answers. */
function holdTogether(bytes: Buffer): boolean {
  const placed = Buffer.concat([Buffer.from('xxx'), bytes, Buffer.from('yyyyyyyy')])
  if (!scanner.scan(placed, 3, 3 + bytes.length)) return false
  const frame = decodeFrame(bytes, 0, bytes.length)
  const request = ackMessage.decodeRequest(frame.ext)
  const [startOffset, popTime, , reviveQueueId, retry, brokerName, , ...rest] = request.extraInfo.split(' ')
  assert.deepEqual(
    { code: frame.code, opaque: frame.opaque, flag: frame.flag, serialization: frame.serialization },
    { code: ackMessage.code, opaque: scanner.opaque, flag: 0, serialization: 'json' },
  )
  assert.deepEqual(
    {
      group: [scanner.group.text, scanner.group.bytes.toString()],
      topic: scanner.topic.text,
      queueId: scanner.queueId,
      offset: scanner.offset,
      info: [scanner.startOffset, scanner.popTime, scanner.reviveQueueId].map(String),
      brokerName: scanner.brokerName.text,
      liteTopic: undefined,
    },
    {
      group: [request.consumerGroup, request.consumerGroup],
      topic: request.topic,
      queueId: request.queueId,
      offset: request.offset,
      info: [startOffset, popTime, reviveQueueId],
      brokerName,
      liteTopic: request.liteTopic,
    },
  )
  assert.match(retry!, /^[012]$/)
  assert.equal(rest.length, 1)
  return true
}

const often = (text: string, ...others: string[]) =>
  fc.oneof({ weight: 6, arbitrary: fc.constant(text) }, fc.constantFrom(...others))
const numbers = fc.oneof(
  { weight: 6, arbitrary: fc.maxSafeNat().map((value) => String(value % 10 ** 15)) },
  fc.constantFrom('0', '00', '-1', '', 'x', '1e3', '9007199254740993', '2147483648'),
)
const handles = fc
  .tuple(numbers, numbers, numbers, numbers, often('0', '1', '2', '3', '11'), often('broker-a', 'b', '', 'bü'), numbers)
  .chain((fields) =>
    fc.tuple(fc.constant(fields.join(' ')), fc.oneof({ weight: 6, arbitrary: numbers }, fc.constantFrom('', '1 2'))),
  )
  .map((parts) => parts.join(' '))
const frames = fc
  .record({
    flag: fc.constantFrom(0, 0, 0, 0, 1, 2),
    opaque: fc.nat(),
    ext: fc.record(
      {
        consumerGroup: often('PG', 'another', 'Gü', 'a"b'),
        extraInfo: fc.oneof({ weight: 4, arbitrary: fc.constant(plainExt.extraInfo) }, handles),
        offset: fc.oneof({ weight: 4, arbitrary: fc.constant('15') }, numbers),
        queueId: fc.oneof({ weight: 4, arbitrary: fc.constant('1') }, numbers),
        topic: often('T1', '%RETRY%PG+T1', 'Tü'),
        bname: fc.constant('broker-a'),
        liteTopic: fc.constant('lite'),
      },
      { requiredKeys: ['consumerGroup', 'extraInfo', 'offset', 'queueId', 'topic'] },
    ),
  })
  .map((header) => encodeFrame({ code: ackMessage.code, ...header }, 'json'))

test('what the scanner takes it reads as the declaration of the command does', () => {
  let taken = 0
  fc.assert(
    fc.property(frames, (frame) => {
      if (holdTogether(frame)) taken++
    }),
    { numRuns: 2_000 },
  )
  assert.ok(taken > 50, `${taken} of 2000 were taken`)
})

test('also of frames in which bytes were changed', () => {
  const pieces = ['', '"', ',', '}', '{', ':', ' ', '0', '-', '\\', '\\u0031', '"topic":"T2",', '"flag":0,', '\u0001']
  fc.assert(
    fc.property(frames, fc.nat(), fc.nat(3), fc.constantFrom(...pieces), (frame, at, cut, piece) => {
      const from = 8 + (at % (frame.length - 8))
      const changed = Buffer.concat([frame.subarray(0, from), Buffer.from(piece), frame.subarray(from + cut)])
      changed.writeInt32BE(changed.length - 4, 0)
      changed.writeInt32BE((frame.readInt32BE(4) & ~0xff_ff_ff) | (changed.length - 8), 4)
      holdTogether(changed)
    }),
    { numRuns: 3_000 },
  )
})

test('what clients send is taken, and what is not plain is not', () => {
  const frameOf = (changes: object = {}, flag = 0) =>
    encodeFrame({ code: ackMessage.code, flag, opaque: 7, ext: { ...plainExt, ...changes } }, 'json')
  assert.ok(holdTogether(frameOf()))
  assert.ok(holdTogether(frameOf({ bname: 'broker-a', topic: '%RETRY%PG+T1' })))
  assert.ok(!holdTogether(frameOf({}, 2)), 'nobody waits for an answer')
  assert.ok(!holdTogether(frameOf({ liteTopic: 'lite' })))
  assert.ok(!holdTogether(frameOf({ extraInfo: '12 1700000000000 60000 3 0 broker-a 1' })), 'an old client')
  // The Go client writes its members in another order.
  const header = `{"code":200051,"language":"GO","version":317,"opaque":3,"flag":0,"remark":"","extFields":${JSON.stringify(plainExt)}}`
  const frame = Buffer.concat([Buffer.alloc(8), Buffer.from(header)])
  frame.writeInt32BE(frame.length - 4, 0)
  frame.writeInt32BE(header.length, 4)
  assert.ok(holdTogether(frame))
})
