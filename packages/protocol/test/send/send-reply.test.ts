import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, SendReplyWriter } from '@cometmq/protocol'
import { sendMessageV2 } from '@cometmq/protocol/commands'
import { offsetMsgIdEncoder } from '@cometmq/protocol/message'
import fc from 'fast-check'

const offsets = fc.oneof(
  fc.nat(),
  fc.nat(20),
  fc.maxSafeNat(),
  fc.constantFrom(9, 10, 99, 100, Number.MAX_SAFE_INTEGER),
)

test('a reply from a template is the one that is encoded', () => {
  for (const [host, region] of [
    ['10.0.0.1', 'DefaultRegion'],
    ['2001:db8::1', 'a "region", "opaque":1'],
  ] as const) {
    const messageIdAt = offsetMsgIdEncoder({ host, port: 10_911 })
    const marks = { messageIdPrefix: messageIdAt(0).slice(0, -16), region, traceOn: true }
    const writer = new SendReplyWriter(marks)
    const into = Buffer.alloc(4_096)
    fc.assert(
      fc.property(
        fc.record({
          isJson: fc.boolean(),
          opaque: fc.nat(),
          queueId: fc.nat(70_000),
          queueOffset: offsets,
          physicalOffset: offsets,
          key: fc.string({ unit: fc.constantFrom('A', '0', 'z', '"'), minLength: 1, maxLength: 64 }),
        }),
        fc.string({ unit: fc.constantFrom('A', '0', 'z', '=', '-'), maxLength: 200 }),
        ({ key, ...numbers }, handle) => {
          // What comes with a JSON header has no quotes.
          const uniqKey = Buffer.from(numbers.isJson ? key.replaceAll('"', 'q') : key)
          const reply = {
            ...numbers,
            uniqKey: Buffer.concat([uniqKey, Buffer.from('rest')]),
            uniqKeyLength: uniqKey.length,
            recallHandle: Buffer.from(`${handle}rest`),
            recallHandleLength: handle.length,
          }
          const ext = sendMessageV2.encodeResponse({
            msgId: messageIdAt(numbers.physicalOffset),
            queueId: numbers.queueId,
            queueOffset: numbers.queueOffset,
            transactionId: uniqKey.toString(),
            regionId: region,
            traceOn: 'true',
            recallHandle: handle === '' ? undefined : handle,
          })
          const header = { code: 0, flag: 1, opaque: numbers.opaque, ext }
          const expected = encodeFrame(header, numbers.isJson ? 'json' : 'rocketmq')
          assert.equal(writer.size(reply), expected.length)
          assert.equal(writer.write(into, 5, reply), 5 + expected.length)
          assert.deepEqual(into.subarray(5, 5 + expected.length), expected)
        },
      ),
      { numRuns: 1_500 },
    )
  }
})

test('region and trace switch are those of the time of the reply', () => {
  const marks = { messageIdPrefix: 'P', region: 'R1', traceOn: true }
  const writer = new SendReplyWriter(marks)
  const reply = {
    ...{ isJson: true, opaque: 1, queueId: 0, queueOffset: 1, physicalOffset: 2 },
    ...{ uniqKey: Buffer.from('K'), uniqKeyLength: 1, recallHandle: Buffer.alloc(0), recallHandleLength: 0 },
  }
  const written = () => {
    const into = Buffer.alloc(1_000)
    return into.toString('latin1', 0, writer.write(into, 0, reply))
  }
  assert.match(written(), /"MSG_REGION":"R1","TRACE_ON":"true"/)
  marks.region = 'Region2'
  assert.match(written(), /"MSG_REGION":"Region2","TRACE_ON":"true"/)
  marks.traceOn = false
  assert.match(written(), /"MSG_REGION":"Region2","TRACE_ON":"false"/)
})
