import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, encodeHeader, type Frame, protocolVersion } from '@cometmq/protocol'
import { fixtureBytes, fixtureFrame, fixtures } from '../support/fixtures.ts'

test('there are frames of both releases and both serializations', () => {
  assert.ok(fixtures.length > 1000)
  for (const version of ['5.5.0', '4.9.7']) {
    for (const serialization of ['JSON', 'ROCKETMQ']) {
      const count = fixtures.filter((each) => each.version === version && each.serialization === serialization).length
      assert.ok(count > 50, `${count} frames of ${version} ${serialization}`)
    }
  }
})

test('frames of our version are encoded as Apache encodes them, byte for byte', () => {
  let compared = 0
  for (const fixture of fixtures) {
    const frame = fixtureFrame(fixture)
    if (frame.version !== protocolVersion) continue
    const encoded = encodeFrame(frame, frame.serialization, frame.body)
    assert.ok(encoded.equals(fixtureBytes(fixture)), `${fixture.file}: ${encoded.toString('latin1')}`)
    compared++
  }
  assert.ok(compared > 700)
})

test('headers of other versions differ in the version alone', () => {
  let compared = 0
  for (const fixture of fixtures) {
    const frame = fixtureFrame(fixture)
    if (frame.version === protocolVersion) continue
    assert.deepEqual(ourHeader(frame), headerInOurVersion(fixtureBytes(fixture), frame), fixture.file)
    compared++
  }
  assert.ok(compared > 300)
})

function ourHeader(frame: Frame): string {
  const header = encodeHeader(frame, frame.serialization)
  return typeof header === 'string' ? header : header.toString('hex')
}

function headerInOurVersion(bytes: Buffer, frame: Frame): string {
  const header = Buffer.from(bytes.subarray(8, bytes.length - frame.body.length))
  if (frame.serialization === 'json')
    return header.toString().replace(`"version":${frame.version}}`, `"version":${protocolVersion}}`)
  header.writeInt16BE(protocolVersion, 3)
  return header.toString('hex')
}

test('what the index says of a frame is what is decoded', () => {
  for (const fixture of fixtures) {
    const frame = fixtureFrame(fixture)
    const isResponse = fixture.direction === 'response'
    assert.equal(frame.code, isResponse ? fixture.responseCode : fixture.code, fixture.file)
    assert.equal((frame.flag & 1) === 1, isResponse, fixture.file)
    assert.equal(frame.serialization, fixture.serialization === 'JSON' ? 'json' : 'rocketmq', fixture.file)
  }
})
