import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ExtFields, encodeFrame, type Frame } from '@cometmq/protocol'
import fc from 'fast-check'
import { Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import { countTaken, loggedRecords, often, rigOnBreakableDisk, uniqKey } from './express-rig.ts'

interface Sent {
  code: number
  serialization: 'json' | 'rocketmq'
  opaque: number
  flag: number
  ext: ExtFields
  body: Buffer
}

const frameOf = ({ serialization, body, ...header }: Sent) => encodeFrame(header, serialization, body)

const ext = {
  ...{
    a: 'g',
    b: 'T1',
    c: 'TBW102',
    d: '4',
    e: '1',
    f: '0',
    g: '1700000000000',
    h: '3',
    j: '0',
    k: 'false',
    m: 'false',
  },
  i: `TAGS\u0001A\u0002${uniqKey}WAIT\u0001true\u0002`,
}
/** Properties of messages that wait: on both sides of the key, since some are taken out. */
const half = `TRAN_MSG\u0001true\u0002PGROUP\u0001g\u0002${uniqKey}`
const delayed = (level: number) => `own\u0001x\u0002DELAY\u0001${level}\u0002${uniqKey}TAGS\u0001A\u0002`
/** So far away that it is not delivered while the test runs. */
const timer = `TIMER_DELIVER_MS\u0001${Date.UTC(2026, 0, 1) + 86_400_000}\u0002${uniqKey}`
const plain: Sent = { code: 310, serialization: 'json', opaque: 1, flag: 0, ext, body: Buffer.from('body') }

/** Sends in whose answers no chance plays a part; the scanner has its own property test. */
const sends: fc.Arbitrary<Sent> = fc.record({
  code: fc.constant(310),
  serialization: fc.constantFrom('json', 'rocketmq'),
  opaque: fc.constant(0),
  flag: fc.constantFrom(0, 0, 0, 2),
  ext: fc.record({
    a: fc.constant('g'),
    b: often('T1', 'T2', 'new', 'Tü', 'SCHEDULE_TOPIC_XXXX', '%DLQ%g'),
    c: often('TBW102', 'unknown'),
    d: fc.constant('4'),
    e: often('1', '0', '3', '7'),
    f: often('0', '1', '4', '8', '256'),
    g: fc.constant('1700000000000'),
    h: often('0', '-5'),
    i: often(
      ext.i,
      uniqKey,
      `own\u0001CLUSTER\u0002${uniqKey}`,
      ...[half, half, delayed(2), delayed(2), delayed(99), timer, timer, `${timer}DELAY\u00011\u0002`],
      `WAIT\u0001false\u0002${uniqKey}`,
    ),
    j: often('0', '2'),
    k: fc.constant('false'),
    m: often('false', 'true', 'x'),
  }),
  body: fc.oneof(
    { weight: 6, arbitrary: fc.uint8Array({ minLength: 1, maxLength: 60 }).map((bytes) => Buffer.from(bytes)) },
    fc.constantFrom(Buffer.alloc(0), Buffer.alloc(5_000)),
  ),
})

interface Outcome {
  replies: Frame[]
  records: Buffer[]
  taken: number
}

/** What a broker answers to these requests, sent as groups that arrive together, and what is then in its log. */
async function outcomeOf(
  groups: readonly Sent[][],
  way: 'express' | 'usual',
  store: Record<string, unknown>,
): Promise<Outcome> {
  await using rig = new Rig()
  const broker = await rig.broker({}, store)
  const client = rig.client()
  for (const topic of ['T1', 'T2']) await client.createTopic(topic, { queues: 4 })
  // A queue's first message always goes the usual way.
  for (const queueId of [0, 1, 2, 3]) await client.send('T1', 'first', { queueId })
  const count = countTaken(broker.store, way === 'express')
  const peer = await rig.clock.until(client.connectRaw())
  for (const group of groups) {
    peer.tell(Buffer.concat(group.map(frameOf)))
    await rig.clock.advance(50)
  }
  await rig.clock.advance(10_000)
  const replies = peer.received
  await rig.stop(broker)
  return { replies, records: await loggedRecords(rig.files), taken: count.taken }
}

async function holdTogether(groups: readonly Sent[][], store: Record<string, unknown> = {}): Promise<number> {
  const fast = await outcomeOf(groups, 'express', store)
  const slow = await outcomeOf(groups, 'usual', store)
  // Answers may come in any order.
  const inOrder = (replies: Frame[]) => replies.toSorted((a, b) => a.opaque - b.opaque)
  assert.deepEqual(inOrder(fast.replies), inOrder(slow.replies))
  assert.deepEqual(fast.records, slow.records)
  return fast.taken
}

/** A send that makes its topic waits for a file, and others of its group that go the fast way may overtake it: nothing orders messages of different topics. */
function apart(groups: readonly Sent[][]): Sent[][] {
  const isThere = ({ ext: { b: topic } }: Sent) => topic === 'T1' || topic === 'T2'
  return groups.flatMap((group) => (group.every(isThere) ? [group] : group.map((one) => [one])))
}

test('whatever is sent, the fast way stores and answers what the usual one does', async () => {
  const groups = fc.array(fc.array(fc.oneof(sends, fc.constant(plain)), { minLength: 1, maxLength: 5 }), {
    maxLength: 6,
  })
  const flush = fc.constantFrom('ASYNC_FLUSH', 'SYNC_FLUSH')
  let taken = 0
  await fc.assert(
    fc.asyncProperty(groups, flush, async (sent, flushDiskType) => {
      const numbered = apart(sent).map((group, i) => group.map((one, j) => ({ ...one, opaque: i * 10 + j })))
      taken += await holdTogether(numbered, { flushDiskType, maxMessageSize: 4_096 })
    }),
    { numRuns: 40 },
  )
  assert.ok(taken > 20, `${taken} were taken`)
})

test('a plain message is taken, oneway too, and by either header', async () => {
  const binary: Sent = { ...plain, serialization: 'rocketmq', opaque: 2 }
  const oneway: Sent = { ...plain, flag: 2, opaque: 3 }
  assert.equal(await holdTogether([[plain, binary, oneway]]), 3)
})

test('messages that wait are taken: halves of transactions, with a delay level, with a time of their own', async () => {
  const waiting = [half, delayed(2), delayed(99), timer]
  // The first of each queue goes the usual way.
  const groups = [0, 1, 2].map((round) =>
    waiting.map((i, index) => ({
      ...plain,
      ext: { ...ext, f: index === 0 ? '4' : '0', i },
      opaque: round * 10 + index,
    })),
  )
  const taken = await holdTogether([...groups, [{ ...groups[1]![3]!, serialization: 'rocketmq', opaque: 40 }]])
  // And two of level 2 when their time has come.
  assert.equal(taken, 2 * waiting.length + 1 + 3)
})

test('what a broker refuses, or does not know, goes the usual way', async () => {
  const odd = (changes: object, body = plain.body): Sent => ({ ...plain, ext: { ...ext, ...changes }, body })
  const refused = [
    odd({}, Buffer.alloc(0)),
    odd({}, Buffer.alloc(5_000)),
    odd({ b: 'unknown', c: 'unknown' }),
    odd({ b: 'new' }),
    odd({ b: 'SCHEDULE_TOPIC_XXXX' }),
    odd({ e: '9' }),
    odd({ e: '-1' }),
    odd({ f: '4' }),
    odd({ i: `DELAY\u00010\u0002${ext.i}` }),
    odd({ i: `DELAY\u00011\u0002TIMER_DELAY_MS\u000110\u0002${ext.i}` }),
    odd({ i: `TIMER_DELIVER_MS\u00011\u0002${ext.i}` }),
    odd({ i: `TIMER_DELAY_SEC\u0001999999\u0002${ext.i}` }),
    odd({ i: `TRAN_MSG\u0001TRUE\u0002${ext.i}` }),
    odd({ i: `TRAN_MSG\u0001true\u0002${ext.i}`, j: '1' }),
  ]
  const groups = refused.map((sent, i) => [{ ...sent, opaque: i }])
  // What is taken is the delivery of the one that is delayed.
  assert.equal(await holdTogether(groups, { maxMessageSize: 4_096 }), 1)
})

test('senders hear of a broken disk, and their lane is free again', async () => {
  const { rig, peer, breakDisk } = await rigOnBreakableDisk(1)
  breakDisk()
  peer.tell(Buffer.concat([frameOf(plain), frameOf({ ...plain, opaque: 2, serialization: 'rocketmq' })]))
  await rig.clock.advance(100)
  assert.deepEqual(
    peer.received.map(({ code, opaque, ext: fields }) => [code, opaque, fields?.MSG_REGION]),
    [
      [14, 1, 'DefaultRegion'],
      [14, 2, 'DefaultRegion'],
    ],
  )
  assert.match(peer.received[0]!.remark!, /the store stopped accepting messages/)
  await rig[Symbol.asyncDispose]()
})

test('a sync that takes too long is answered with FLUSH_DISK_TIMEOUT and the place of the message', async () => {
  const rig = new Rig()
  let syncMs = 0
  rig.files = withSlowSyncs(rig.files, rig.clock, () => syncMs)
  await rig.broker({}, { flushDiskType: 'SYNC_FLUSH', syncFlushTimeout: 500 })
  const client = rig.client()
  await client.createTopic('T1', { queues: 4 })
  await client.send('T1', 'first', { queueId: 1 })
  syncMs = 2_000
  const peer = await rig.clock.until(client.connectRaw())
  peer.tell(frameOf(plain))
  await rig.clock.advance(1_000)
  const [reply] = peer.received
  assert.equal(reply!.code, 10)
  assert.equal(reply!.ext!.queueOffset, '1')
  assert.equal(reply!.ext!.transactionId, '0A0000020001000000000000000A0001')
  syncMs = 0
  await rig.clock.advance(5_000)
  await rig[Symbol.asyncDispose]()
})
