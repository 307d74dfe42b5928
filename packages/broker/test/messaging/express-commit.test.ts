import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, type Frame } from '@cometmq/protocol'
import fc from 'fast-check'
import { Rig } from '../rig.ts'
import { countTaken, loggedRecords, often, rigOnBreakableDisk, uniqKey } from './express-rig.ts'

interface Half {
  /** Properties besides those that every half message has. */
  more: string
  body: string
  queueId: string
}

interface End {
  /** Of which half message. */
  of: number
  commitOrRollback: string
  group: string
  /** How far the offsets are from the right ones. */
  tableError: number
  logError: number
  flag: number
  serialization: 'json' | 'rocketmq'
  fromTransactionCheck: string
}

const commit: End = {
  ...{ of: 0, commitOrRollback: '8', group: 'g', tableError: 0, logError: 0, flag: 0 },
  ...{ serialization: 'json', fromTransactionCheck: 'false' },
}

function halfFrame({ more, body, queueId }: Half, opaque: number): Buffer {
  const ext = {
    ...{ a: 'g', b: 'T1', c: 'TBW102', d: '4', e: queueId, f: '4', g: '1700000000000', h: '3', j: '0', k: 'false' },
    ...{ m: 'false', i: `TRAN_MSG\u0001true\u0002PGROUP\u0001g\u0002${uniqKey}${more}` },
  }
  return encodeFrame({ code: 310, flag: 0, opaque, ext }, 'json', Buffer.from(body))
}

function endFrame(end: End, stored: Frame, opaque: number): Buffer {
  const { msgId, queueOffset } = stored.ext!
  const ext = {
    producerGroup: end.group,
    tranStateTableOffset: String(Number(queueOffset) + end.tableError),
    commitLogOffset: String(Number.parseInt(msgId!.slice(-16), 16) + end.logError),
    ...{ commitOrRollback: end.commitOrRollback, fromTransactionCheck: end.fromTransactionCheck },
    ...{ msgId: 'M', transactionId: 'M' },
  }
  return encodeFrame({ code: 37, flag: end.flag, opaque, ext }, end.serialization)
}

/** What a broker answers, and what is then in its log: half messages, and then what is decided on them, in groups that arrive together. */
async function outcomeOf(halves: readonly Half[], groups: readonly End[][], way: 'express' | 'usual') {
  await using rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1', { queues: 2 })
  for (const queueId of [0, 1]) await client.send('T1', 'first', { queueId })
  const peer = await rig.clock.until(client.connectRaw())
  peer.tell(Buffer.concat(halves.map((half, index) => halfFrame(half, index))))
  await rig.clock.advance(50)
  const stored = peer.received.toSorted((a, b) => a.opaque - b.opaque)
  const { store } = broker
  const recordNow = store.recordNow.bind(store)
  store.recordNow = (offset) => (way === 'express' ? recordNow(offset) : undefined)
  const count = countTaken(store, true)
  let opaque = 1_000
  for (const group of groups) {
    peer.tell(Buffer.concat(group.map((end) => endFrame(end, stored[end.of % halves.length]!, opaque++))))
    await rig.clock.advance(50)
  }
  await rig.clock.advance(10_000)
  const replies = peer.received.toSorted((a, b) => a.opaque - b.opaque)
  await rig.stop(broker)
  const records = (await loggedRecords(rig.files)).map(withoutSender)
  return { replies, records, taken: count.taken }
}

/** Of op messages the broker is the sender, from a port that chance gives. */
function withoutSender(record: Buffer): Buffer {
  if (record.includes('RMQ_SYS_TRANS_OP_HALF_TOPIC')) record.fill(0, 40, 48)
  return record
}

async function holdTogether(halves: readonly Half[], groups: readonly End[][]): Promise<number> {
  const fast = await outcomeOf(halves, groups, 'express')
  const slow = await outcomeOf(halves, groups, 'usual')
  assert.deepEqual(fast.replies, slow.replies)
  assert.deepEqual(fast.records, slow.records)
  return fast.taken - slow.taken
}

test('whatever is decided, the fast way stores and answers what the usual one does', async () => {
  const half: fc.Arbitrary<Half> = fc.record({
    more: often(
      'TAGS\u0001A\u0002',
      'own\u0001ü\u0002',
      'DELAY\u00012\u0002',
      'TIMER_DELAY_SEC\u00013\u0002',
      'CHECK_IMMUNITY_TIME_IN_SECONDS\u000190\u0002',
    ),
    body: fc.string({ minLength: 1, maxLength: 40 }),
    queueId: fc.constantFrom('0', '1'),
  })
  const end: fc.Arbitrary<End> = fc.record({
    of: fc.nat(3),
    commitOrRollback: often('8', '12', '0', '4'),
    group: often('g', 'h', 'gg'),
    tableError: often(0, 1, -1),
    logError: often(0, 1, 100_000, -1_000_000),
    flag: fc.constantFrom(0, 0, 2),
    serialization: often<'json' | 'rocketmq'>('json', 'rocketmq'),
    fromTransactionCheck: fc.constantFrom('true', 'false'),
  })
  const halves = fc.array(half, { minLength: 1, maxLength: 4 })
  // One of a group: which of several on one half message comes first is not told.
  const groups = fc.array(
    end.map((one) => [one]),
    { maxLength: 6 },
  )
  let taken = 0
  await fc.assert(
    fc.asyncProperty(halves, groups, async (sent, ends) => {
      taken += await holdTogether(sent, ends)
    }),
    { numRuns: 40 },
  )
  assert.ok(taken > 5, `${taken} were taken`)
})

test('a decision that is told several times at once takes effect once, whichever way', async () => {
  const halves = [{ more: '', body: 'a', queueId: '0' }]
  const oneway: End = { ...commit, flag: 2 }
  const binary: End = { ...commit, serialization: 'rocketmq' }
  const rollback: End = { ...commit, commitOrRollback: '12' }
  const { replies, records } = await outcomeOf(
    halves,
    [[commit, binary, oneway, commit, rollback], [commit]],
    'express',
  )
  assert.deepEqual(
    replies.slice(1).map(({ code, opaque }) => [code, opaque]),
    [1_000, 1_001, 1_003, 1_004, 1_005].map((opaque) => [0, opaque]),
  )
  assert.equal(records.filter((record) => record.readInt32BE(36) === 8).length, 1)
  assert.equal(await holdTogether(halves, [[commit, oneway]]), 1)
})

test('a commit that the disk does not take leaves the half message open, and says so', async () => {
  const { rig, peer, breakDisk } = await rigOnBreakableDisk(0)
  peer.tell(halfFrame({ more: '', body: 'a', queueId: '0' }, 1))
  await rig.clock.advance(50)
  const [stored] = peer.received
  breakDisk()
  peer.tell(endFrame(commit, stored!, 2))
  await rig.clock.advance(50)
  assert.equal(peer.received[1]!.opaque, 2)
  assert.notEqual(peer.received[1]!.code, 0)
  assert.match(peer.received[1]!.remark!, /the store stopped accepting messages/)
  await rig[Symbol.asyncDispose]()
})
