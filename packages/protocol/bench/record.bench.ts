/**
 * Nanoseconds and bytes of the heap per operation of what every message passes through. `node packages/protocol/bench/record.bench.ts [milliseconds per measurement]`
 */
import { decodeFrame, encodeFrame, type Serialization } from '@cometmq/protocol'
import { sendMessageV2 } from '@cometmq/protocol/commands'
import {
  checkRecord,
  decodeRecord,
  encodeOffsetMsgId,
  encodeProperties,
  encodeRecord,
  type Message,
  offsetMsgIdEncoder,
  type Placement,
  propertyNames,
  propertyOf,
  RecordEncoder,
  recordSize,
  tagsCodeOfProperties,
  withProperties,
} from '@cometmq/protocol/message'
import { printCosts } from '@cometmq/testkit/bench'
import { parseJsonHeader } from '../src/frame/json-header.ts'
import { scanJsonHeader } from '../src/frame/json-header-scanner.ts'

const framePrefixBytes = 8
const storeHost = { host: '192.168.10.20', port: 10_911 }

function sampleMessage(bodyBytes: number): Message {
  return {
    topic: 'BenchmarkTest',
    queueId: 3,
    flag: 0,
    sysFlag: 0,
    bornTimestamp: 1_795_235_653_954,
    bornHost: { host: '192.168.10.30', port: 51_234 },
    reconsumeTimes: 0,
    preparedTransactionOffset: 0,
    properties: encodeProperties([
      ['UNIQ_KEY', '7F0000010001010203040000000A0000'],
      ['WAIT', 'true'],
      ['TAGS', 'TagA'],
      ['MSG_REGION', 'DefaultRegion'],
      ['TRACE_ON', 'true'],
      ['CLUSTER', 'DefaultCluster'],
    ]),
    body: Buffer.alloc(bodyBytes, 'x'),
  }
}

/** What is measured, by name. Each returns something, so that nothing is optimised away. */
export function operations(): Map<string, () => unknown> {
  const found = new Map<string, () => unknown>()
  for (const bodyBytes of [128, 1024]) {
    const message = sampleMessage(bodyBytes)
    const placement: Placement = {
      queueOffset: 12,
      physicalOffset: 3_000_000_000,
      storeTimestamp: 1_795_235_653_960,
      storeHost,
    }
    const size = recordSize(message, storeHost)
    const bytes = Buffer.alloc(size)
    encodeRecord(bytes, 0, message, placement)
    found.set(`recordSize, ${bodyBytes} B`, () => recordSize(message, storeHost))
    found.set(`encodeRecord, ${bodyBytes} B`, () => encodeRecord(bytes, 0, message, placement))
    const encoder = new RecordEncoder()
    found.set(`an encoder's sizeOf, ${bodyBytes} B`, () => encoder.sizeOf(message, storeHost))
    found.set(`an encoder's encode, ${bodyBytes} B`, () => encoder.encode(bytes, 0, message, placement))
    found.set(`decodeRecord, ${bodyBytes} B`, () => decodeRecord(bytes, 0))
    found.set(`checkRecord with CRC, ${bodyBytes} B`, () => checkRecord(bytes, 0, size, { checkCrc: true }))
    found.set(`checkRecord, ${bodyBytes} B`, () => checkRecord(bytes, 0, size, { checkCrc: false }))
  }
  const { properties } = sampleMessage(0)
  found.set('propertyOf', () => propertyOf(properties, propertyNames.TAGS))
  found.set('propertyOf, absent', () => propertyOf(properties, propertyNames.DELAY))
  found.set('withProperties', () => withProperties(properties, { CLUSTER: 'c' }))
  found.set('tagsCodeOfProperties', () => tagsCodeOfProperties(properties))
  found.set('encodeOffsetMsgId', () => encodeOffsetMsgId(storeHost, 3_000_000_000))
  const messageIdAt = offsetMsgIdEncoder(storeHost)
  found.set('offsetMsgIdEncoder', () => messageIdAt(3_000_000_000))
  for (const serialization of ['json', 'rocketmq'] as const) addFrames(found, serialization, properties)
  return found
}

function addFrames(found: Map<string, () => unknown>, serialization: Serialization, properties: string): void {
  const request = {
    producerGroup: 'PG',
    topic: 'BenchmarkTest',
    defaultTopic: 'TBW102',
    defaultTopicQueueNums: 4,
    queueId: 3,
    sysFlag: 0,
    bornTimestamp: 1_795_235_653_954,
    flag: 0,
    properties,
    reconsumeTimes: 0,
    unitMode: false,
    batch: false,
    brokerName: 'broker-a',
  }
  const body = Buffer.alloc(128)
  const encode = () =>
    encodeFrame({ code: 310, flag: 0, opaque: 7, ext: sendMessageV2.encodeRequest(request) }, serialization, body)
  const frame = encode()
  if (serialization === 'json') {
    const end = framePrefixBytes + (frame.readInt32BE(4) & 0xffffff)
    found.set('scan the header of a send', () => scanJsonHeader(frame, framePrefixBytes, end))
    found.set('parse the header of a send', () => parseJsonHeader(frame, framePrefixBytes, end))
  }
  found.set(`encode a send, ${serialization}`, encode)
  found.set(`decode a send, ${serialization}`, () =>
    sendMessageV2.decodeRequest(decodeFrame(frame, 0, frame.length).ext),
  )
}

/** Runs `operation` for about `durationMs` and returns nanoseconds for one. */
export function measure(operation: () => unknown, durationMs: number): number {
  let batch = 1
  let sink: unknown
  for (;;) {
    const started = performance.now()
    for (let i = 0; i < batch; i++) sink = operation()
    const tookMs = performance.now() - started
    if (tookMs >= durationMs || batch >= 2 ** 30) {
      if (sink === undefined) sink = 0
      return (tookMs * 1e6) / batch
    }
    batch *= 2
  }
}

if (import.meta.main) {
  const found = new Map([...operations()].map(([name, operation]) => [name, { operation }]))
  await printCosts(found, Number(process.argv[2] ?? 300))
}
