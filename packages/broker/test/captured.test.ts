import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { test } from 'node:test'
import { decodeFrame, encodeFrame, type Frame } from '@cometmq/protocol'
import type { RawPeer } from './raw-peer.ts'
import { Rig } from './rig.ts'
import { recordsOf, type TestClient } from './test-client.ts'

/**
 * What clients asked an Apache broker and what it answered, recorded on the wire. The same frames go to ours in the same order, and code, remark, header
 * fields and body of the answers are compared, as are the requests of the broker to its clients.
 */
interface Captured {
  run: string
  file: string
  from: string
  to: string
  direction: string
  code: number
  case: string
  oneway: boolean
  opaque: number
  pair?: string | null
}

const folder = new URL('../../../conformance/wire/', import.meta.url)
const index = JSON.parse(readFileSync(new URL('index.json', folder), 'utf8')) as Captured[]

/** Where we answer something else on purpose, with what is compared instead. */
const differences: Record<string, (ours: Frame) => void> = {
  // Instead of a NullPointerException what is missing is named, and the usual fields of a refused send go with it.
  '310 empty-body': (ours) => refuses(ours, 1, /has no body/),
  '310 no-queue-field': (ours) => refuses(ours, 1, /"?e"?/),
  '310 no-fields': (ours) => refuses(ours, 1, /"?a"?/),
  '34 no-body': (ours) => refuses(ours, 1, /./),
  // The remark names the limit that was broken.
  '310 properties-too-long': (ours) => refuses(ours, 13, /properties/),
  // Apache's broker takes an expression that is none for one that lets everything pass.
  '11 bad-expression': (ours) => refuses(ours, 23, /parse the consumer's subscription failed: ">" is not expected at/),
  // The remark says what is wrong and where.
  '46 sql-bad': (ours) => refuses(ours, 23, /">" is not expected at position 4/),
  // The description of the topic in the remark is ours.
  '310 queue-out-of-range': (ours) => refuses(ours, 29, /^request queueId\[99\] is illegal, /),
}

function refuses(ours: Frame, code: number, remark: RegExp): void {
  assert.equal(ours.code, code)
  assert.match(ours.remark ?? '', remark)
}

/** Fields whose values differ between any two brokers. */
const ownValues = new Set(['msgId', 'transactionId', 'timestamp'])

/** With seeds that draw the queue which the Apache broker drew. */
const runs = [
  ['5.5.0', 8],
  ['5.5.0-binary', 1],
] as const

for (const [run, seed] of runs) {
  test(`answers are those of an Apache broker (${run})`, async () => {
    const requests = index.filter((each) => each.run === run && each.to === 'broker' && each.direction === 'request')
    assert.ok(requests.length > 10, 'there are captured frames')
    const epochMs = Number(frameOf(bytesOf(requests[0]!.file)).ext!.g)
    await using rig = new Rig({ seed, epochMs })
    await rig.broker({ brokerName: 'broker-a', propertyFilter: true })
    const replay = new Replay(rig.client('10.0.0.2', 'replay'))
    for (const request of requests) await replay.play(request)
    const paired = requests.filter((each) => !each.oneway && each.pair)
    assert.equal(replay.compared, paired.length)
  })
}

class Replay {
  compared = 0
  readonly #client: TestClient
  readonly #peers = new Map<string, RawPeer>()
  /** Physical offsets: Apache's → ours. */
  readonly #places = new Map<number, number>()
  /** The last of each. */
  readonly #heartbeats = new Map<RawPeer, Buffer>()

  constructor(client: TestClient) {
    this.#client = client
  }

  async play(request: Captured): Promise<void> {
    const { clock } = this.#client
    const name = `${request.code} ${request.case.replace(/-binary$/, '')}`
    const bytes = this.#translated(bytesOf(request.file))
    await this.#before(name)
    const peer = await this.#peerOf(bytes)
    if (request.code === 34) this.#heartbeats.set(peer, bytes)
    if (request.code === 11) await this.#heartbeatAgain(peer, frameOf(bytes))
    if (request.oneway || !request.pair) {
      peer.tell(bytes)
      await clock.advance(20)
      return
    }
    const asked = peer.ask(bytes)
    if (name === '11 held') {
      await clock.advance(100)
      await this.#send('arrival')
    }
    // It is held until the message comes that the consumer sends back further on.
    if (name === '11 push-3') {
      void asked.then((ours) => this.#compare(name, ours, request.pair!))
      await clock.advance(20)
    } else this.#compare(name, await clock.until(asked), request.pair)
  }

  #compare(name: string, ours: Frame, file: string): void {
    const theirs = frameOf(bytesOf(file))
    this.compared++
    this.#notePlace(ours, theirs)
    if (differences[name] === undefined) compare(ours, theirs, name)
    else differences[name](ours)
  }

  /** Two consumers take part; their frames name them, or are of the first. */
  async #peerOf(bytes: Buffer): Promise<RawPeer> {
    const name = bytes.includes('@two') ? 'two' : 'one'
    let peer = this.#peers.get(name)
    if (peer === undefined || peer.isClosed) {
      this.#peers.set(name, (peer = await this.#client.clock.until(this.#client.connectRaw())))
    }
    return peer
  }

  /** Subscriptions get a newer version with each rebalance; not every heartbeat was recorded. */
  async #heartbeatAgain(peer: RawPeer, { ext, opaque }: Frame): Promise<void> {
    const heartbeat = this.#heartbeats.get(peer)
    const version = Number(ext?.subVersion)
    if (heartbeat === undefined || !(version > 0 && version < 2_000_000_000_000)) return
    const { code, body } = frameOf(heartbeat)
    const again = Buffer.from(body.toString().replace(/"subVersion":\d+/g, `"subVersion":${version}`))
    const frame = encodeFrame({ code, flag: 0, opaque: opaque + 1_000_000, ext: {} }, 'json', again)
    assert.equal((await this.#client.clock.until(peer.ask(frame))).code, 0)
  }

  async #send(body: string): Promise<void> {
    await this.#client.send('T1', body, { queueId: 1, properties: 'TAGS\u0001A\u0002' })
  }

  /** Names our place of a message where the recorded frame names Apache's: our unique keys are shorter, and so are our records. */
  #translated(bytes: Buffer): Buffer {
    const { code, flag, opaque, ext, body, serialization } = frameOf(bytes)
    const place = this.#places.get(Number(ext?.offset))
    if (place === undefined) return bytes
    const moved = { ...ext, offset: String(place) }
    return encodeFrame({ code, flag, opaque, ext: moved }, serialization, body)
  }

  #notePlace(ours: Frame, theirs: Frame): void {
    if (ours.ext?.msgId === undefined || theirs.ext?.msgId === undefined) return
    const [place, theirPlace] = [ours, theirs].map(({ ext }) => Number.parseInt(ext!.msgId!.slice(-16), 16))
    this.#places.set(theirPlace!, place!)
  }

  /** What happened on Apache's side without being recorded. */
  async #before(name: string): Promise<void> {
    if (name === '310 compressed') await this.#send('async')
    // A delayed message is delivered.
    if (name === '30 max' || name === '34 push-join') await this.#client.clock.advance(1_000)
  }
}

function compare(ours: Frame, theirs: Frame, name: string): void {
  assert.equal(ours.code, theirs.code, `${name}: ${ours.remark}`)
  assert.equal(ours.opaque, theirs.opaque, name)
  if (theirs.remark) {
    assert.ok(ours.remark?.startsWith(beginningOf(theirs.remark)), `${name}: ${ours.remark}`)
  }
  assert.deepEqual(fieldsOf(ours), fieldsOf(theirs), name)
  if (name.startsWith('11 ') || name.startsWith('361 ')) assert.deepEqual(bodies(ours), bodies(theirs), name)
  else if (!name.startsWith('33 ')) assert.equal(ours.body.toString(), theirs.body.toString(), name)
}

function fieldsOf({ ext }: Frame): Record<string, string> {
  return Object.fromEntries(Object.entries(ext ?? {}).map(([name, value]) => [name, ownValues.has(name) ? '' : value]))
}

const bodies = (frame: Frame) => (frame.code === 0 ? recordsOf(frame.body).map(({ body }) => body.toString('hex')) : [])

/** What stands before the link to the questions and answers, and before the address of the asker. */
function beginningOf(remark: string): string {
  return remark
    .split('\n')[0]!
    .trimEnd()
    .replace(/ consumer:\[.*$/, '')
}

const frameOf = (bytes: Buffer) => decodeFrame(bytes, 0, bytes.length)

function bytesOf(file: string): Buffer {
  return Buffer.from(readFileSync(new URL(file, folder), 'latin1').replace(/\s/g, ''), 'hex')
}
