import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeFrame, emptyBody, type Frame } from '@cometmq/protocol'
import { RawPeer, requestFrame } from './raw-peer.ts'
import { Stage } from './stage.ts'

/**
 * What Apache NameServers (5.5.0 and 4.9) were asked and what they answered, recorded on the wire. The same frames go to ours in the same order, and the
 * answers are compared: route bodies byte for byte, other bodies by their values, since Java's hash tables decide the order of lists.
 */
interface Captured {
  run: string
  file: string
  to: string
  direction: string
  code: number
  case: string
  oneway: boolean
  pair?: string
}

const folder = new URL('../../../conformance/wire/', import.meta.url)
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as Captured[]

const putOrderConfig = requestFrame(
  { code: 100, version: 513, ext: { namespace: 'ORDER_TOPIC_CONFIG', key: 'TX2', value: 'broker-x:4' } },
  emptyBody,
)

/** Where we answer something else, with what is compared instead. */
const differences: Record<string, (ours: Frame) => void> = {
  // A missing field is named instead of read as null.
  '100 no-value': (ours) => assert.match(ours.remark ?? '', /value/),
  '100 no-key': (ours) => assert.match(ours.remark ?? '', /key/),
  '105 no-topic': (ours) => assert.match(ours.remark ?? '', /topic/),
  // The Apache broker had registered more topics meanwhile than were recorded.
  '206 topics': (ours) => assert.ok(topicsOf(ours).includes('TBW102')),
  '224 cluster': (ours) => assert.ok(topicsOf(ours).includes('T1')),
}

for (const run of ['5.5.0', '5.5.0-binary', '5.5.0-acting', '4.9-binary']) {
  test(`answers are those of an Apache NameServer (${run})`, async () => {
    await using stage = new Stage()
    const { address } = await stage.nameServer()
    const peer = new RawPeer(await stage.clock.until(stage.network.host('peer').connect(address, { timeoutMs: 1_000 })))
    const requests = index.filter(
      (entry) => entry.run === run && entry.to === 'namesrv' && entry.direction === 'request',
    )
    assert.ok(requests.length > 5, 'there are captured frames')
    for (const request of requests) {
      const name = `${request.code} ${request.case.replace(/-(binary|acting)$/, '')}`
      // The recorder set and removed the order configuration around this one without recording it.
      if (name === '103 order-topics') await stage.clock.until(peer.ask(putOrderConfig))
      if (request.oneway || request.pair === undefined) {
        peer.tell(bytesOf(request.file))
        continue
      }
      const ours = await stage.clock.until(peer.ask(bytesOf(request.file)))
      const expected = bytesOf(request.pair)
      const theirs = decodeFrame(expected, 0, expected.length)
      if (differences[name] !== undefined) differences[name](ours)
      else compare(run.startsWith('4.9') ? withoutMembersSince5(ours) : ours, theirs, name)
    }
  })
}

function compare(ours: Frame, theirs: Frame, name: string): void {
  assert.equal(ours.code, theirs.code, `${name}: ${ours.remark}`)
  assert.equal(ours.opaque, theirs.opaque, name)
  assert.deepEqual({ ...ours.ext }, { ...theirs.ext }, name)
  if (theirs.code !== 0) assert.ok(ours.remark?.startsWith(beginningOf(theirs.remark!)), `${name}: ${ours.remark}`)
  if (theirs.code === 0 && name.startsWith('105')) assert.equal(ours.body.toString(), theirs.body.toString(), name)
  else assert.deepEqual(jsonOf(ours.body), jsonOf(theirs.body), name)
}

/** 4.9 knows no acting masters; its clients ignore the member. */
function withoutMembersSince5(frame: Frame): Frame {
  return { ...frame, body: Buffer.from(frame.body.toString().replaceAll(',"enableActingMaster":false', '')) }
}

/** What stands before the link to the questions and answers, or before the place in the Java source. */
function beginningOf(remark: string): string {
  if (remark.includes('Exception: ')) return ''
  return remark.split('\n')[0]!
}

function jsonOf(body: Buffer): unknown {
  if (body.length === 0) return undefined
  const strict = body.toString().replace(/([{,])(\d+):/g, '$1"$2":')
  return JSON.parse(strict, (_, value: unknown) =>
    Array.isArray(value) && value.every((each) => typeof each === 'string') ? value.sort() : value,
  )
}

function topicsOf(frame: Frame): string[] {
  return (JSON.parse(frame.body.toString()) as { topicList: string[] }).topicList
}

function bytesOf(file: string): Buffer {
  return Buffer.from(readFileSync(new URL(file, folder), 'latin1').replace(/\s/g, ''), 'hex')
}
