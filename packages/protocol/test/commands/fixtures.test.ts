import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Command, type Frame, HeaderFieldError, ProtocolError } from '@cometmq/protocol'
import { commandsByCode } from '@cometmq/protocol/commands/by-code'
import { type Fixture, fixtureFrame, fixtures } from '../support/fixtures.ts'

/** Codes that nobody has, and cases that were recorded because something is missing. */
const unknownCodes = [29_998, 29_999]
const lacksFields = /^(?:no-fields|no-queue-field|no-key|no-value|no-topic)(?:-binary)?$/

/** What goes with any request and belongs to none. */
const ambient = new Set(['bname', 'ReqT', 'nsd', 'ns', 'oway', 'lo', '__ZONE_NAME', '__ZONE_MODE'])

function eachFixture(visit: (fixture: Fixture, frame: Frame, command: Command) => void): void {
  for (const fixture of fixtures) {
    if (unknownCodes.includes(fixture.code)) continue
    const command = commandsByCode.get(fixture.code)
    assert.ok(command, `no command for ${fixture.name} (${fixture.code})`)
    assert.equal(command.name, fixture.name)
    visit(fixture, fixtureFrame(fixture), command)
  }
}

test('the fields of every recorded request are read, and written as they were', () => {
  eachFixture(({ direction, file, case: name }, { ext }, command) => {
    if (direction !== 'request') return
    if (lacksFields.test(name)) return assert.throws(() => command.decodeRequest(ext), HeaderFieldError, file)
    const written = command.encodeRequest(command.decodeRequest(ext))
    for (const key in ext) if (!ambient.has(key)) assert.equal(written[key], ext[key], `${file}: ${key}`)
    for (const key in written) {
      const isDefault = ext?.[key] === undefined && ['0', 'false', 'true'].includes(written[key]!)
      assert.ok(
        ext?.[key] === written[key] || isDefault,
        `${file}: ${key}=${written[key]} is not in the recorded frame`,
      )
    }
  })
})

test('the fields of every recorded answer are read, and written as they were', () => {
  eachFixture(({ direction, file }, { code, ext }, command) => {
    if (direction !== 'response' || code !== 0) return
    assert.deepEqual({ ...command.encodeResponse(command.decodeResponse(ext)) }, { ...ext }, file)
  })
})

/** Members that Java's 4.x does not write yet. */
const newMembers =
  /,?"(?:enableActingMaster|onlyThisBroker|withoutSub)":false|,?"(?:heartbeatFingerprint|stateVersion)":0/g

/** Without quotes around integer keys, without new members, characters sorted where hash tables decided the order. */
function comparable(body: Buffer): { text: string; sorted: string } {
  const text = body
    .toString()
    .replace(/"(\d+)":/g, '$1:')
    .replace(newMembers, '')
    .replaceAll('{,', '{')
  return { text, sorted: [...text].sort().join('') }
}

test('every recorded body is read, and written as it was', () => {
  let identical = 0
  eachFixture(({ direction, file, case: name }, frame, command) => {
    if (direction === 'response' && frame.body.length === 0) return
    const codec = direction === 'request' ? command.requestBody : command.responseBody
    if (name.startsWith('no-body') && frame.code === 34)
      return assert.throws(() => codec.decode(frame.body), ProtocolError)
    const written = codec.encode(codec.decode(frame.body))
    if (written.equals(frame.body)) identical++
    else assert.equal(comparable(written).sorted, comparable(frame.body).sorted, file)
  })
  assert.ok(identical > 700, `${identical} identical bodies`)
})
