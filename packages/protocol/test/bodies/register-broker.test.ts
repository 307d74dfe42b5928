import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync } from 'node:zlib'
import { ProtocolError } from '@cometmq/protocol'
import {
  decodeRegistration,
  encodeCompressedRegistration,
  maxInflatedBytes,
  registerBrokerBody,
  type TopicConfig,
} from '@cometmq/protocol/bodies'
import { registerBroker } from '@cometmq/protocol/commands'
import { crc32Of } from '@cometmq/protocol/message'
import fc from 'fast-check'
import { fixtureBody, fixtureFrame, fixtures } from '../support/fixtures.ts'

const compressed = { version: 513, compressed: true }
const plain = { version: 513, compressed: false }

test('every recorded registration is read by its version and form, and has the CRC that its header says', () => {
  const requests = fixtures.filter(
    ({ code, direction, case: name }) => code === 103 && direction === 'request' && !/unsaid|no-body/.test(name),
  )
  assert.ok(requests.length > 10)
  for (const fixture of requests) {
    const { ext, body, version } = fixtureFrame(fixture)
    const request = registerBroker.decodeRequest(ext)
    const { topics, dataVersion, filterServers } = decodeRegistration(body, { version, compressed: request.compressed })
    assert.ok(topics.size > 0, fixture.file)
    assert.ok(dataVersion.timestamp > 0, fixture.file)
    assert.deepEqual(filterServers, [], fixture.file)
    for (const [name, topic] of topics) assert.equal(topic.topicName, name)
    assert.equal(crc32Of(body) === request.bodyCrc32, !fixture.case.startsWith('bad-crc'), fixture.file)
  }
})

test('the JSON form is written as Apache writes it', () => {
  const recorded = fixtureBody('5.5.0', 'REGISTER_BROKER', 'request', 'single-topic-first')
  assert.equal(registerBrokerBody.encode(registerBrokerBody.decode(recorded)).toString(), recorded.toString())
})

test('the compressed form says the same as the JSON form', () => {
  const form = (name: string) => fixtureBody('5.5.0', 'REGISTER_BROKER', 'request', name)
  const inflated = decodeRegistration(form('compressed'), compressed)
  const json = decodeRegistration(form('plain'), plain)
  assert.deepEqual(inflated.dataVersion, json.dataVersion)
  assert.deepEqual([...inflated.topics.keys()].sort(), [...json.topics.keys()].sort())
})

test('no body is an empty table', () => {
  const nothing = {
    topics: new Map(),
    mappings: [],
    dataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
    filterServers: [],
  }
  assert.deepEqual(decodeRegistration(Buffer.alloc(0), plain), nothing)
})

test('brokers before 3.0.11 send only the table', () => {
  const body = Buffer.from(
    '{"dataVersion":{"counter":2,"timestamp":5},"topicConfigTable":{"T":{"topicName":"T","perm":4}}}',
  )
  const { topics, dataVersion, filterServers } = decodeRegistration(body, { version: 36, compressed: false })
  assert.equal(topics.get('T')?.perm, 4)
  assert.deepEqual(dataVersion, { counter: 2, stateVersion: 0, timestamp: 5 })
  assert.equal(filterServers, undefined)
})

const mapping = {
  bname: 'b',
  currIdMap: new Map([[0, 3]]),
  dirty: false,
  epoch: 1,
  scope: '__global__',
  topic: 'S',
  totalQueues: 8,
}

test('the compressed form survives, but for what it has no place for', () => {
  const name = fc.string({ unit: fc.constantFrom(...'abcXYZ019%|_-'), minLength: 1, maxLength: 20 })
  const topic: fc.Arbitrary<TopicConfig> = fc.record(
    {
      topicName: name,
      readQueueNums: fc.nat(),
      writeQueueNums: fc.nat(),
      perm: fc.nat(15),
      topicFilterType: fc.constantFrom('SINGLE_TAG' as const, 'MULTI_TAG' as const),
      attributes: fc.dictionary(name, name, { noNullPrototype: true }),
      topicSysFlag: fc.constant(0),
      order: fc.constant(false),
    },
    { noNullPrototype: true },
  )
  const version = fc.record(
    { counter: fc.maxSafeNat(), stateVersion: fc.maxSafeNat(), timestamp: fc.maxSafeNat() },
    { noNullPrototype: true },
  )
  fc.assert(
    fc.property(fc.array(topic), version, fc.array(name), (topics, dataVersion, filterServers) => {
      const registration = { topics, mappings: [mapping], dataVersion, filterServers }
      const decoded = decodeRegistration(encodeCompressedRegistration(registration), compressed)
      assert.deepEqual(decoded.topics, new Map(topics.map((each) => [each.topicName, each])))
      assert.deepEqual(decoded.mappings, [mapping])
      assert.deepEqual(decoded.dataVersion, dataVersion)
      assert.deepEqual(decoded.filterServers, filterServers)
    }),
    { numRuns: 50 },
  )
})

test('mappings are only there from 5.0 on', () => {
  const registration = {
    topics: [],
    mappings: [mapping],
    dataVersion: { counter: 0, stateVersion: 0, timestamp: 0 },
    filterServers: [],
  }
  const body = encodeCompressedRegistration(registration)
  assert.deepEqual(decodeRegistration(body, { version: 407, compressed: true }).mappings, [])
})

test('an attribute that cannot be read is left out, with the topic kept', () => {
  const line = 'T 4 5 6 MULTI_TAG {"a"'
  const body = Buffer.concat([lengthOf('{}'), int32(1), lengthOf(line), lengthOf('[]'), int32(0)])
  const topic = decodeRegistration(deflateSync(body), compressed).topics.get('T')
  assert.deepEqual(topic?.attributes, {})
  assert.equal(topic?.writeQueueNums, 5)
})

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32BE(value)
  return bytes
}

function lengthOf(text: string): Buffer {
  return Buffer.concat([int32(Buffer.byteLength(text)), Buffer.from(text)])
}

const malformed: [string, Buffer][] = [
  ['no zlib stream', Buffer.from('{}')],
  ['a cut stream', deflateSync(Buffer.alloc(1000)).subarray(0, 10)],
  ['a length beyond the end', deflateSync(Buffer.concat([int32(1_000_000)]))],
  ['a negative length', deflateSync(int32(-1))],
  ['a count beyond the end', deflateSync(Buffer.concat([lengthOf('{}'), int32(0x7fff_ffff)]))],
  ['a topic with too few parts', deflateSync(Buffer.concat([lengthOf('{}'), int32(1), lengthOf('T 1 1')]))],
  ['an end before the filter servers', deflateSync(Buffer.concat([lengthOf('{}'), int32(0)]))],
]
for (const [name, body] of malformed) {
  test(`a compressed registration is refused: ${name}`, () => {
    assert.throws(() => decodeRegistration(body, compressed), ProtocolError)
  })
}

test('a small stream cannot become more memory than the limit', () => {
  const bomb = deflateSync(Buffer.alloc(maxInflatedBytes + 1))
  assert.ok(bomb.length < 100_000)
  assert.throws(() => decodeRegistration(bomb, compressed), /holds more than 67108864 bytes/)
})
