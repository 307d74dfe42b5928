import assert from 'node:assert/strict'
import { test } from 'node:test'
import { deflateSync, inflateSync } from 'node:zlib'
import { decodeFrame, frameSizeAt, HeaderFieldError, ProtocolError } from '@cometmq/protocol'
import {
  consumerOffsetsFile,
  decodePropertiesText,
  decodeRegistration,
  delayOffsetsFile,
  encodeCompressedRegistration,
  subscriptionGroupDefaults,
  subscriptionGroupsFile,
  topicsFile,
} from '@cometmq/protocol/bodies'
import { commandsByCode } from '@cometmq/protocol/commands/by-code'
import {
  checkRecord,
  decodeBatch,
  decodeOffsetMsgId,
  decodeProperties,
  decodeRecord,
  decodeUniqKey,
  parseTagExpression,
  propertyOf,
  withProperties,
  writeIp,
} from '@cometmq/protocol/message'
import { SeededRandom } from '@cometmq/testkit/sim'
import { readFastjson } from '../src/fastjson/read.ts'
import { cpuTimeMs } from './support/cpu-time.ts'
import { fixtureBody, fixtureBytes, fixtureFrame, fixtures } from './support/fixtures.ts'
import { Mutator } from './support/mutator.ts'

/**
 * Every decoder against recorded input that was damaged, cut, or is noise: nothing but its own errors may come out, soon, and without more
 * memory than the input justifies. `FUZZ_ROUNDS` inputs for each decoder (default 500); `FUZZ_SEED` repeats a run.
 */
const rounds = Number(process.env.FUZZ_ROUNDS ?? 500)
const seed = Number(process.env.FUZZ_SEED ?? Math.floor(Math.random() * 2 ** 31))
console.log(`FUZZ_SEED=${seed} FUZZ_ROUNDS=${rounds}`)

/** Inputs are a few kilobytes; this is three orders of magnitude more than any takes. */
const maxMsPerInput = 500

function fuzz(name: string, samples: readonly Buffer[], decode: (bytes: Buffer) => unknown): void {
  test(`fuzz: ${name}`, () => {
    assert.ok(samples.length > 0)
    const mutator = new Mutator(new SeededRandom(seed))
    for (let round = 0; round < rounds; round++) {
      const bytes = mutator.next(samples)
      const tookMs = cpuTimeMs(() => {
        try {
          decode(bytes)
        } catch (error) {
          const isOwn = error instanceof ProtocolError || error instanceof HeaderFieldError
          if (!isOwn) throw new Error(`round ${round}, FUZZ_SEED=${seed}: ${bytes.toString('hex')}`, { cause: error })
        }
      })
      assert.ok(tookMs < maxMsPerInput, `round ${round}, FUZZ_SEED=${seed}, ${tookMs} ms: ${bytes.toString('hex')}`)
    }
  })
}

const frames = fixtures.map(fixtureBytes).filter((bytes) => bytes.length < 8192)
const bodiesOf = (wanted: (code: number, direction: string) => boolean) =>
  fixtures
    .filter(({ code, direction }) => wanted(code, direction))
    .map((fixture) => fixtureFrame(fixture).body)
    .filter((body) => body.length > 0 && body.length < 8192)

fuzz('frames', frames, (bytes) => {
  const size = frameSizeAt(bytes, 0, bytes.length)
  if (size === undefined || size > bytes.length) return
  const frame = decodeFrame(bytes, 0, size)
  for (const text of Object.values(frame.ext ?? {})) assert.equal(typeof text, 'string')
  assert.ok(frame.remark === undefined || typeof frame.remark === 'string')
})

/** The length fields are right, so that damage reaches what is behind them. */
fuzz(
  'headers',
  frames.map((bytes) => bytes.subarray(4)),
  (bytes) => {
    if (bytes.length < 4) return
    const frame = Buffer.concat([Buffer.alloc(4), bytes])
    frame.writeInt32BE(bytes.length)
    frame.writeUIntBE(Math.min(bytes.length - 4, 0xff_ffff), 5, 3)
    frame[4] = bytes[0]! & 1
    decodeFrame(frame, 0, frame.length)
  },
)

fuzz('fields of every command', frames, (bytes) => {
  const size = frameSizeAt(bytes, 0, bytes.length)
  if (size === undefined || size > bytes.length) return
  const { ext } = decodeFrame(bytes, 0, size)
  for (const command of commandsByCode.values()) {
    for (const decode of [command.decodeRequest, command.decodeResponse]) {
      try {
        decode(ext)
      } catch (error) {
        assert.ok(error instanceof HeaderFieldError)
      }
    }
  }
})

const jsonBodies = bodiesOf(() => true).filter((body) => body[0] === 0x7b)

fuzz('JSON', jsonBodies, (bytes) => readFastjson(bytes.toString()))

for (const [code, command] of commandsByCode) {
  for (const direction of ['request', 'response']) {
    const samples = bodiesOf((of, as) => of === code && as === direction)
    const codec = direction === 'request' ? command.requestBody : command.responseBody
    if (samples.length > 0 && samples[0]![0] === 0x7b) {
      fuzz(`the body of the ${direction} ${command.name}`, [...samples, Buffer.from('{}')], (bytes) => {
        const decoded = codec.decode(bytes)
        assert.ok(codec.encode(decoded).length <= 64 * bytes.length + 4096)
      })
    }
  }
}

fuzz(
  'registrations, plain and old',
  bodiesOf((code) => code === 103),
  (bytes) => {
    decodeRegistration(bytes, { version: 513, compressed: false })
    decodeRegistration(bytes, { version: 30, compressed: false })
  },
)

fuzz('registrations, compressed', [fixtureBody('5.5.0', 'REGISTER_BROKER', 'request', 'compressed')], (bytes) => {
  decodeRegistration(bytes, { version: 513, compressed: true })
})

fuzz('registrations, damaged before they were compressed', [inflatedRegistration()], (bytes) => {
  decodeRegistration(deflateSync(bytes, { level: 1 }), { version: 513, compressed: true })
})

function inflatedRegistration(): Buffer {
  const { topics, ...rest } = decodeRegistration(fixtureBody('5.5.0', 'REGISTER_BROKER', 'request', 'plain'), {
    version: 513,
    compressed: false,
  })
  const compressed = encodeCompressedRegistration({ ...rest, topics: topics.values(), filterServers: ['127.0.0.1:1'] })
  return inflateSync(compressed)
}

const recordBodies = bodiesOf((code, direction) => [11, 33, 361].includes(code) && direction === 'response')

fuzz('records', recordBodies, (bytes) => {
  for (let at = 0; at < bytes.length; ) {
    const check = checkRecord(bytes, at, bytes.length, { checkCrc: true })
    const unchecked = checkRecord(bytes, at, bytes.length, { checkCrc: false })
    if (unchecked.kind === 'bad') assert.equal(check.kind, 'bad')
    if (unchecked.kind === 'record') assert.equal(decodeRecord(bytes, at).size, unchecked.size)
    else assert.throws(() => decodeRecord(bytes, at), ProtocolError)
    if (check.kind !== 'record') return
    at += check.size
  }
})

fuzz(
  'batches',
  bodiesOf((code, direction) => code === 320 && direction === 'request'),
  (bytes) => {
    const items = decodeBatch(bytes)
    assert.ok(items.reduce((total, { body }) => total + body.length, 0) <= bytes.length)
  },
)

fuzz(
  'properties',
  recordBodies.map((body) => Buffer.from(decodeRecord(body, 0).properties)),
  (bytes) => {
    const text = bytes.toString()
    for (const [name, value] of decodeProperties(text)) assert.equal(propertyOf(text, name), value)
    assert.equal(propertyOf(withProperties(text, { TAGS: 'x' }), 'TAGS'), 'x')
  },
)

const idTexts = [
  '7F00000100002A9F00000000000003E8',
  'FD0000000000000000000000000000021F2E5FFD2B2767FA48100001',
  'fe80::1',
  '::ffff:1.2.3.4',
  'TagA || TagB',
]
fuzz(
  'ids, addresses, tags',
  idTexts.map((text) => Buffer.from(text)),
  (bytes) => {
    const text = bytes.toString()
    parseTagExpression(text)
    writeIp(Buffer.alloc(16), 0, text)
    for (const decode of [decodeOffsetMsgId, decodeUniqKey]) {
      try {
        decode(text)
      } catch (error) {
        assert.ok(error instanceof ProtocolError)
      }
    }
  },
)

const offsetTable = new Map([['T@G', new Map([[0, 5], [1, 7]])]]) // biome-ignore format: one line
const dataVersion = { counter: 1, stateVersion: 0, timestamp: 5 }
const files: [string, { decode(bytes: Buffer): unknown }, Buffer][] = [
  ['consumerOffset.json', consumerOffsetsFile, consumerOffsetsFile.encode({ dataVersion, offsetTable })],
  ['delayOffset.json', delayOffsetsFile, delayOffsetsFile.encode({ dataVersion, offsetTable: new Map([[1, 2]]) })],
  ['topics.json', topicsFile, Buffer.from('{"topicConfigTable":{"T":{"topicName":"T"}}}')],
  [
    'subscriptionGroup.json',
    subscriptionGroupsFile,
    subscriptionGroupsFile.encode({
      forbiddenTable: {},
      subscriptionGroupTable: { G: subscriptionGroupDefaults('G') },
    }),
  ],
  [
    'properties text',
    { decode: (bytes) => decodePropertiesText(bytes.toString()) },
    Buffer.from('a=1\\\n b\nc: d\\u00fc\n# x'),
  ],
]
for (const [name, codec, sample] of files) fuzz(name, [sample], (bytes) => codec.decode(bytes))
