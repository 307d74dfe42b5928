import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { decodeFrame, maxFrameBytes, maxHeaderBytes, ProtocolError } from '@cometmq/protocol'
import {
  decodeRegistration,
  heartbeatData,
  maxCompressedTopics,
  maxJsonValues,
  registerBrokerBody,
} from '@cometmq/protocol/bodies'
import { cpuTimeMs } from './support/cpu-time.ts'

/** Without the limits these inputs take ten times as long. */
const maxMs = 3000

function within(work: () => unknown): void {
  const tookMs = cpuTimeMs(work)
  assert.ok(tookMs < maxMs, `took ${tookMs} ms`)
}

/** `count` of `item`, or as many as a frame holds. */
function filled(
  head: string,
  item: string,
  tail: string,
  count = Math.floor((maxFrameBytes - 1024) / (item.length + 1)),
): Buffer {
  return Buffer.from(`${head}${`${item},`.repeat(count - 1)}${item}${tail}`)
}

test('a body of the shortest values is refused before it is parsed, however large', () => {
  for (const [head, item] of [
    ['{"clientID":"c","producerDataSet":[', '{}'],
    ['{"clientID":"c","producerDataSet":[', '[]'],
    ['{clientID:"c",x:[', '0'],
  ] as const) {
    within(() => assert.throws(() => heartbeatData.decode(filled(head, item, ']}')), /more than 100000 values/))
  }
})

test('the most that is read is read soon', () => {
  const subscriptions = filled(
    '{"clientID":"c","consumerDataSet":[{"groupName":"g","subscriptionDataSet":[',
    '{"topic":""}',
    ']}]}',
    maxJsonValues / 2 - 10,
  )
  within(() => assert.equal(heartbeatData.decode(subscriptions).consumerDataSet[0]!.subscriptionDataSet.length, 49_990))
})

test('a broker with forty thousand topics registers', () => {
  const topics = Object.fromEntries(
    Array.from({ length: 40_000 }, (_, i) => [
      `topic${i}`,
      {
        topicName: `topic${i}`,
        readQueueNums: 8,
        writeQueueNums: 8,
        perm: 6,
        topicFilterType: 'SINGLE_TAG' as const,
        topicSysFlag: 0,
        order: false,
        attributes: {},
      },
    ]),
  )
  const dataVersion = { counter: 1, stateVersion: 0, timestamp: 1 }
  const body = registerBrokerBody.encode({
    filterServerList: [],
    topicConfigSerializeWrapper: { dataVersion, topicConfigTable: topics },
  })
  assert.ok(body.length < maxFrameBytes)
  within(() => assert.equal(decodeRegistration(body, { version: 513, compressed: false }).topics.size, 40_000))
})

test('a compressed registration has a limited number of topics, and each a limited length', () => {
  const int32 = (value: number) => {
    const bytes = Buffer.alloc(4)
    bytes.writeInt32BE(value)
    return bytes
  }
  const part = (text: string) => Buffer.concat([int32(text.length), Buffer.from(text)])
  const refuse = (parts: Buffer[], message: RegExp) => {
    const body = deflateSync(Buffer.concat(parts))
    within(() => assert.throws(() => decodeRegistration(body, { version: 513, compressed: true }), message))
  }
  const many = Array.from({ length: maxCompressedTopics + 1 }, () => part('a 1 1 6 SINGLE_TAG'))
  refuse([part('{}'), int32(many.length), ...many], /announces 100001 topics; the limit is 100000/)
  refuse([part('{}'), int32(1), part(' '.repeat(30_000_000))], /gives a topic a length of 30000000/)
})

test('a header is limited more than a frame', () => {
  const frame = (header: Buffer) => {
    const prefix = Buffer.alloc(8)
    prefix.writeInt32BE(4 + header.length, 0)
    prefix.writeInt32BE(header.length, 4)
    return Buffer.concat([prefix, header])
  }
  const sized = (bytes: number) => frame(Buffer.from(`{"remark":"${'x'.repeat(bytes - 13)}"}`))
  const largest = sized(maxHeaderBytes)
  assert.equal(decodeFrame(largest, 0, largest.length).remark?.length, maxHeaderBytes - 13)
  const larger = sized(maxHeaderBytes + 1)
  assert.throws(() => decodeFrame(larger, 0, larger.length), ProtocolError)
  const fields = Array.from({ length: 40_000 }, (_, i) => `"${i.toString(36)}":"x"`).join(',')
  const many = frame(Buffer.from(`{"extFields":{${fields}}}`))
  within(() => assert.equal(Object.keys(decodeFrame(many, 0, many.length).ext!).length, 40_000))
})
