import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeFrame, type Frame } from '@cometmq/protocol'
import { ackMessage } from '@cometmq/protocol/commands/pop'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
import fc from 'fast-check'
import { Rig } from '../rig.ts'
import { withSlowSyncs } from '../slow-syncs.ts'
import { type Popped, TestPopper } from './test-popper.ts'

const revivePrefix = 'rmq_sys_REVIVE_LOG_'
const messageCount = 12
const invisibleMs = 10_000

interface Ack {
  /** Which of the popped messages; one behind the last is popped in order. */
  message: number
  flag: number
  change: (ext: Record<string, string>) => Record<string, string>
}

const ackFrameOf = ({ consumerGroup = 'PG', ...ext }: Record<string, string>, flag: number, opaque: number) =>
  encodeFrame({ code: ackMessage.code, flag, opaque, ext: { consumerGroup, ...ext } }, 'json')

/** The same request with a space in its header, which the scanner leaves to the usual way. */
function slowly(frame: Buffer): Buffer {
  const slow = Buffer.concat([frame.subarray(0, 9), Buffer.from(' '), frame.subarray(9)])
  slow.writeInt32BE(slow.length - 4, 0)
  slow.writeInt32BE(frame.readInt32BE(4) + 1, 4)
  return slow
}

const extOf = ({ topic, queueId, offset, extraInfo }: Popped): Record<string, string> => ({
  topic,
  queueId: String(queueId),
  offset: String(offset),
  extraInfo,
})

interface Outcome {
  replies: Frame[]
  again: string[]
  records: number
}

/** What a broker answers to these acknowledgements, sent as groups that arrive together, and what then comes again. */
async function outcomeOf(groups: readonly Ack[][], way: 'express' | 'usual', store: object): Promise<Outcome> {
  await using rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  const broker = await rig.broker({}, { ...store })
  const client = rig.client()
  const popper = new TestPopper(client)
  await client.createTopic('T', { queues: 2 })
  await client.createTopic('Ordered', { queues: 1 })
  for (let i = 0; i < messageCount; i++) await client.send('T', `m${i}`, { queueId: i % 2 })
  await client.send('Ordered', 'ordered', { queueId: 0 })
  const popped: Popped[] = []
  for (let max = 5; popped.length < messageCount; )
    popped.push(...(await popper.pop('T', { max, invisibleMs })).messages)
  popped.push(...(await popper.pop('Ordered', { order: true, invisibleMs })).messages)
  const peer = await rig.clock.until(client.connectRaw())
  for (const [i, group] of groups.entries()) {
    const frames = group.map(({ message, flag, change }, j) => {
      const frame = ackFrameOf(change(extOf(popped[message]!)), flag, i * 100 + j)
      return way === 'express' ? frame : slowly(frame)
    })
    peer.tell(Buffer.concat(frames))
    await rig.clock.advance(5)
  }
  const replies = peer.received.toSorted((a, b) => a.opaque - b.opaque)
  let records = 0
  for (const { topic, maxOffset } of broker.store.queues()) if (topic.startsWith(revivePrefix)) records += maxOffset
  await rig.clock.advance(invisibleMs + 1_000)
  const again: string[] = []
  for (const topic of ['T', 'Ordered'])
    for (let quiet = 0; quiet < 10; quiet++) again.push(...(await popper.bodies(topic, { order: topic === 'Ordered' })))
  assert.deepEqual(rig.messages('error'), [])
  await rig.stop(broker)
  return { replies, again: again.sort(), records }
}

async function holdTogether(groups: readonly Ack[][], store: object = {}): Promise<number> {
  const fast = await outcomeOf(groups, 'express', store)
  const slow = await outcomeOf(groups, 'usual', store)
  assert.deepEqual(fast.replies, slow.replies)
  assert.deepEqual(fast.again, slow.again)
  assert.ok(fast.records <= slow.records)
  return slow.records - fast.records
}

const asIs = (ext: Record<string, string>) => ext
const withInfo = (index: number, value: string) => (ext: Record<string, string>) => ({
  ...ext,
  extraInfo: ext.extraInfo!.split(' ').with(index, value).join(' '),
})
const changes: Ack['change'][] = [
  (ext) => ({ ...ext, topic: 'unknown' }),
  (ext) => ({ ...ext, topic: 'Tü' }),
  (ext) => ({ ...ext, queueId: '2' }),
  (ext) => ({ ...ext, queueId: '-1' }),
  (ext) => ({ ...ext, offset: '100' }),
  (ext) => ({ ...ext, offset: String(messageCount / 2) }),
  (ext) => ({ ...ext, extraInfo: 'no handle' }),
  (ext) => ({ ...ext, liteTopic: 'lite' }),
  (ext) => ({ ...ext, consumerGroup: 'another' }),
  (ext) => ({ ...ext, extraInfo: ext.extraInfo!.split(' ').slice(0, 7).join(' ') }),
  withInfo(0, '3'),
  withInfo(1, '1'),
  withInfo(3, '77'),
  withInfo(3, '999'),
  withInfo(4, '5'),
  withInfo(5, 'another-broker'),
]
const acks: fc.Arbitrary<Ack> = fc.record({
  message: fc.nat(messageCount),
  flag: fc.constantFrom(0, 0, 0, 0, 0, 2),
  change: fc.oneof({ weight: 4, arbitrary: fc.constant(asIs) }, fc.constantFrom(...changes)),
})
const plain = (message: number): Ack => ({ message, flag: 0, change: asIs })

test('whatever is acknowledged, the fast way answers and does what the usual one does', async () => {
  const groups = fc.array(fc.array(acks, { minLength: 1, maxLength: 8 }), { maxLength: 5 })
  let spared = 0
  await fc.assert(
    fc.asyncProperty(groups, fc.constantFrom('ASYNC_FLUSH', 'SYNC_FLUSH'), async (sent, flushDiskType) => {
      spared += await holdTogether(sent, { flushDiskType })
    }),
    { numRuns: 25 },
  )
  assert.ok(spared > 0, `${spared} records were spared`)
})

test('acknowledgements that come together for one batch are one record', async () => {
  const all = Array.from({ length: messageCount }, (_, i) => plain(i))
  const { replies, again, records } = await outcomeOf([all], 'express', {})
  assert.deepEqual(
    replies.map(({ code, opaque }) => [code, opaque]),
    all.map((_, i) => [0, i]),
  )
  assert.deepEqual(again, ['ordered'])
  // Twelve messages in batches of at most five of one queue: a check point and a record of acknowledgements for each.
  assert.ok(records <= 12, `${records}`)
})

async function rigWithFour(files: (rig: Rig) => void, store: object = {}) {
  const rig = new Rig({ latencyMs: { min: 0, max: 0 } })
  files(rig)
  await rig.broker({}, { ...store })
  const client = rig.client()
  const popper = new TestPopper(client)
  await client.createTopic('T', { queues: 1 })
  for (const body of ['a', 'b', 'c', 'd']) await client.send('T', body)
  const { messages } = await popper.pop('T')
  // The first record of a queue goes the usual way.
  await popper.ack(messages[0]!)
  const peer = await rig.clock.until(client.connectRaw())
  return { rig, popper, messages, peer, frames: messages.slice(1).map((m, i) => ackFrameOf(extOf(m), 0, i)) }
}

test('who acknowledges hears of a broken disk, and the lane is free again', async () => {
  let files: FaultyFileSystem | undefined
  const { rig, peer, frames } = await rigWithFour((one) => {
    one.files = files = new FaultyFileSystem(one.files)
  })
  files!.arm({ operation: 'write', systemCode: 'EIO', path: /commitlog/, times: Number.POSITIVE_INFINITY })
  peer.tell(Buffer.concat(frames))
  await rig.clock.advance(100)
  peer.tell(slowly(ackFrameOf({ topic: 'T', queueId: '0', offset: '0', extraInfo: 'none' }, 0, 9)))
  await rig.clock.advance(100)
  assert.deepEqual(
    peer.received.map(({ code, opaque }) => [code, opaque]),
    [
      [14, 0],
      [14, 1],
      [14, 2],
      [1, 9],
    ],
  )
  assert.match(peer.received[0]!.remark!, /the store stopped accepting messages/)
  // There are offsets that cannot be kept any more.
  await assert.rejects(rig[Symbol.asyncDispose](), /the store stopped accepting messages/)
})

test('a sync that takes too long is answered with FLUSH_DISK_TIMEOUT', async () => {
  let syncMs = 0
  const { rig, peer, frames } = await rigWithFour(
    (one) => {
      one.files = withSlowSyncs(one.files, one.clock, () => syncMs)
    },
    { flushDiskType: 'SYNC_FLUSH', syncFlushTimeout: 500 },
  )
  syncMs = 2_000
  peer.tell(Buffer.concat(frames))
  await rig.clock.advance(1_000)
  assert.deepEqual(
    peer.received.map(({ code, opaque }) => [code, opaque]),
    frames.map((_, i) => [10, i]),
  )
  syncMs = 0
  await rig.clock.advance(5_000)
  await rig[Symbol.asyncDispose]()
})
