import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeFrame, encodeFrame, type Frame, PlainProperties, SendScanner, sendAsks } from '@cometmq/protocol'
import { sendMessage, sendMessageV2 } from '@cometmq/protocol/commands'
import { propertyNames, propertyOf, tagsCodeOfProperties } from '@cometmq/protocol/message'
import fc from 'fast-check'
import { frameOf, sends } from './sends.ts'

const scanner = new SendScanner()

/** The scan answers nothing, or what decoding answers. */
function holdTogether(bytes: Buffer): boolean {
  const placed = Buffer.concat([Buffer.from('xxx'), bytes, Buffer.from('yyyyyyyy')])
  if (!scanner.scan(placed, 3, 3 + bytes.length)) return false
  const frame = decodeFrame(bytes, 0, bytes.length)
  const command = frame.code === sendMessageV2.code ? sendMessageV2 : sendMessage
  const request = command.decodeRequest(frame.ext)
  const { properties } = scanner
  const text = properties.bytes.toString('latin1', 0, properties.length)
  const { uniqKeyAt, uniqKeyLength } = properties
  assert.deepEqual(
    {
      code: scanner.code,
      opaque: scanner.opaque,
      flag: scanner.frameFlag,
      serialization: scanner.isJson ? 'json' : 'rocketmq',
      body: placed.subarray(scanner.bodyStart, scanner.bodyEnd),
    },
    {
      code: command.code,
      opaque: frame.opaque,
      flag: frame.flag,
      serialization: frame.serialization,
      body: frame.body,
    },
  )
  assert.deepEqual(
    {
      topic: [scanner.topic.text, scanner.topic.bytes.toString()],
      queueId: scanner.queueId,
      sysFlag: scanner.sysFlag,
      bornTimestamp: scanner.bornTimestamp,
      flag: scanner.flag,
      reconsumeTimes: scanner.reconsumeTimes,
      properties: text,
      uniqKey: text.slice(uniqKeyAt, uniqKeyAt + uniqKeyLength),
      tagsCode: properties.tagsCode,
      waitStored: properties.waitStored,
      batch: false,
    },
    {
      topic: [request.topic, request.topic],
      queueId: request.queueId,
      sysFlag: request.sysFlag,
      bornTimestamp: request.bornTimestamp,
      flag: request.flag,
      reconsumeTimes: request.reconsumeTimes,
      properties: request.properties,
      uniqKey: propertyOf(request.properties!, propertyNames.UNIQ_KEY),
      tagsCode: tagsCodeOfProperties(request.properties!),
      waitStored: propertyOf(request.properties!, propertyNames.WAIT) !== 'false',
      batch: request.batch,
    },
  )
  return true
}

test('what the scanner takes it reads as the declaration of the command does', () => {
  let taken = 0
  fc.assert(
    fc.property(sends, (sent) => {
      if (holdTogether(frameOf(sent))) taken++
    }),
    { numRuns: 2_000 },
  )
  assert.ok(taken > 100, `${taken} of 2000 were taken`)
})

test('also of frames in which bytes were changed', () => {
  const pieces = [
    '',
    '"',
    ',',
    '}',
    '{',
    ':',
    '0',
    '-',
    '\\',
    ' ',
    '\\u0001',
    '\\u0002',
    '\\u0003',
    '"b":"T3",',
    '\u0001',
  ]
  fc.assert(
    fc.property(sends, fc.nat(), fc.nat(3), fc.constantFrom(...pieces), (sent, at, cut, piece) => {
      const frame = frameOf({ ...sent, body: Buffer.alloc(0) })
      const from = 8 + (at % (frame.length - 8))
      const changed = Buffer.concat([frame.subarray(0, from), Buffer.from(piece), frame.subarray(from + cut)])
      changed.writeInt32BE(changed.length - 4, 0)
      changed.writeInt32BE((frame.readInt32BE(4) & ~0xff_ff_ff) | (changed.length - 8), 4)
      holdTogether(changed)
    }),
    { numRuns: 3_000 },
  )
})

const ext = {
  ...{
    a: 'g',
    b: 'T1',
    c: 'TBW102',
    d: '4',
    e: '1',
    f: '0',
    g: '1700000000000',
    h: '0',
    j: '0',
    k: 'false',
    m: 'false',
  },
  i: 'UNIQ_KEY\u00010A0000020001000000000000000A0001\u0002WAIT\u0001true\u0002TAGS\u0001A\u0002',
}

test('what clients send is taken', () => {
  for (const serialization of ['json', 'rocketmq'] as const) {
    assert.ok(holdTogether(encodeFrame({ code: 310, flag: 0, opaque: 5, ext }, serialization, Buffer.from('body'))))
  }
  // The Go client writes its members in another order.
  const header = `{"code":310,"language":"GO","version":317,"opaque":3,"flag":0,"remark":"","extFields":${JSON.stringify(ext)}}`
  const frame = Buffer.concat([Buffer.alloc(8), Buffer.from(header), Buffer.from('body')])
  frame.writeInt32BE(frame.length - 4, 0)
  frame.writeInt32BE(header.length, 4)
  assert.ok(holdTogether(frame))
})

test('headers that begin alike, and then otherwise, are each read as they are', () => {
  const of = (changes: object, body = 'body') =>
    holdTogether(encodeFrame({ code: 310, flag: 0, opaque: 5, ext: { ...ext, ...changes } }, 'json', Buffer.from(body)))
  fc.assert(
    fc.property(
      fc.array(
        fc.record({
          a: fc.constantFrom('g', 'group'),
          b: fc.constantFrom('T1', 'T2', 'T12'),
          d: fc.constantFrom('4', '8', '44'),
          e: fc.constantFrom('0', '1', '12'),
        }),
        { minLength: 1, maxLength: 20 },
      ),
      (changes) => {
        // Several of a kind in a row, as a producer sends them.
        for (const change of changes) for (let i = 0; i < 6; i++) assert.ok(of({ ...change, g: String(i) }))
      },
    ),
    { numRuns: 100 },
  )
  // A name that was remembered with its value does not vouch for a second one.
  const twice = '"b":"T1","c":"TBW102","d":"4","e":"0","b":"T2","d":"x"'
  for (let i = 0; i < 6; i++) of({})
  const header = encodeFrame({ code: 310, flag: 0, opaque: 5, ext }, 'json').toString('latin1', 8)
  const changed = Buffer.from(
    `12345678${header.replace('"h":"3"', `"h":"3",${twice}`).replace('"h":"0"', `"h":"0",${twice}`)}`,
  )
  changed.writeInt32BE(changed.length - 4, 0)
  changed.writeInt32BE(changed.length - 8, 4)
  assert.equal(holdTogether(changed), false)
})

test('every property that asks a broker for something is told, or goes the usual way', () => {
  const harmless = ['TAGS', 'KEYS', 'UNIQ_KEY', 'WAIT', 'INSTANCE_ID', '__SHARDINGKEY', 'PGROUP']
  const told = ['DELAY', 'TIMER_DELAY_SEC', 'TIMER_DELAY_MS', 'TIMER_DELIVER_MS']
  for (const name of Object.values(propertyNames)) {
    const i = `${name}\u00011\u0002${ext.i}`
    const frame = encodeFrame({ code: 310, flag: 0, opaque: 5, ext: { ...ext, i } }, 'json', Buffer.from('body'))
    assert.equal(holdTogether(frame), harmless.includes(name) || told.includes(name), name)
  }
})

test('what a message asks for is told, once, and can be taken out', () => {
  const asked = (text: string): [number, number] | undefined => {
    const properties = new PlainProperties()
    return properties.readBytes(Buffer.from(text), 0, text.length) ? [properties.asks, properties.asked] : undefined
  }
  const key = 'UNIQ_KEY\u0001K\u0002'
  assert.deepEqual(asked(key), [sendAsks.nothing, 0])
  assert.deepEqual(asked(`TRAN_MSG\u0001true\u0002${key}`), [sendAsks.transaction, 0])
  assert.deepEqual(asked(`DELAY\u000112\u0002${key}`), [sendAsks.delayLevel, 12])
  assert.deepEqual(asked(`${key}TIMER_DELIVER_MS\u00011700000000000\u0002`), [sendAsks.deliverMs, 1_700_000_000_000])
  const odd = [
    'TRAN_MSG\u0001True\u0002',
    'DELAY\u000101\u0002',
    'DELAY\u0001-1\u0002',
    'TIMER_DELAY_MS\u00011234567890123456\u0002',
  ]
  for (const text of [...odd, 'DELAY\u00011\u0002DELAY\u00012\u0002', 'DELAY\u00011\u0002TRAN_MSG\u0001true\u0002'])
    assert.equal(asked(text + key), undefined, text)
  const properties = new PlainProperties()
  const text = `a\u00011\u0002DELAY\u00011\u0002${key}`
  assert.ok(properties.readBytes(Buffer.from(text), 0, text.length))
  properties.removeAsked()
  assert.ok(properties.appendNumber(Buffer.from('N\u0001'), 120))
  assert.ok(properties.appendText(Buffer.from('T\u0001'), Buffer.from('xyz'), 1, 3))
  assert.equal(
    properties.bytes.toString('latin1', 0, properties.length),
    `a\u00011\u0002${key}N\u0001120\u0002T\u0001yz\u0002`,
  )
  assert.equal(properties.bytes.toString('latin1', properties.uniqKeyAt, properties.uniqKeyAt + 1), 'K')
  assert.equal(properties.appendText(Buffer.from('T\u0001'), Buffer.alloc(8_192), 0, 8_192), false)
})

test('a header cut short anywhere is not read beyond its end', () => {
  const frame = encodeFrame({ code: 310, flag: 0, opaque: 5, ext }, 'json')
  for (let end = 8; end < frame.length; end++) {
    const cut = Buffer.from(frame)
    cut.writeInt32BE(end - 8, 4)
    assert.equal(scanner.scan(cut, 0, cut.length), false, `cut at ${end}`)
  }
  const decoded: Frame = decodeFrame(frame, 0, frame.length)
  assert.equal(decoded.code, 310)
})
