import assert from 'node:assert/strict'
import { test } from 'node:test'
import { SimulatedClock } from '@cometmq/testkit/sim'
import fc from 'fast-check'
import { type GetResult, TailLease } from '../../src/index.ts'
import { Chunk } from '../../src/log/chunk.ts'
import { Tail } from '../../src/log/tail.ts'
import { SharedReads } from '../../src/read/shared-reads.ts'
import { messageWith, Rig } from '../rig.ts'

const files = { mappedFileSizeCommitLog: 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 }
const turn = () => new Promise<void>((resolve) => setImmediate(resolve))

const steps = fc.array(
  fc.oneof(
    fc.record({ does: fc.constant('put' as const), queueId: fc.nat(1), bytes: fc.nat(2_000) }),
    fc.record({
      does: fc.constant('get' as const),
      queueId: fc.nat(1),
      behind: fc.nat(3),
      maxMessages: fc.constantFrom(1, 2, 32),
    }),
    fc.record({ does: fc.constant('turn' as const) }),
    fc.record({ does: fc.constant('turn' as const) }),
    fc.record({ does: fc.constant('delete' as const) }),
  ),
  { minLength: 10, maxLength: 40 },
)

/** A read with a filter is shared with nobody. */
const everything = () => true

test('a read that is shared answers what a read for oneself does', async () => {
  let shared = 0
  await fc.assert(
    fc.asyncProperty(steps, async (taken) => {
      const rig = await Rig.open(files)
      const { store } = rig
      const seen = new Set<Buffer>()
      const puts: Promise<unknown>[] = []
      for (const step of taken) {
        if (step.does === 'put')
          puts.push(store.put(messageWith({ queueId: step.queueId, body: Buffer.alloc(step.bytes, puts.length) })))
        else if (step.does === 'turn') await Promise.all(puts)
        else if (step.does === 'delete') {
          await Promise.all(puts)
          await store.deleteTopic('T')
        } else {
          const { queueId, behind, maxMessages } = step
          const offset = Math.max(0, store.maxOffset('T', queueId) - behind)
          const request = { topic: 'T', queueId, offset, maxMessages }
          // Both in one turn.
          const result = store.get(request) as GetResult
          const again = store.get(request) as GetResult
          const alone = store.get({ ...request, matchesTag: everything }) as GetResult
          assert.deepEqual(result, alone)
          assert.deepEqual(again, alone)
          if (again.records.some((record) => result.records.includes(record) || seen.has(record))) shared++
          for (const record of result.records) seen.add(record)
        }
      }
      await Promise.all(puts)
      await store.close()
    }),
    { numRuns: 60 },
  )
  assert.ok(shared > 0, `${shared} reads were shared`)
})

test('shared reads count as reads, and are forgotten with the turn', async () => {
  const rig = await Rig.open(files)
  const { store } = rig
  for (let i = 0; i < 3; i++) await store.put(messageWith({ body: Buffer.alloc(10, i) }))
  await turn()
  const request = { topic: 'T', queueId: 0, offset: 0, maxMessages: 32 }
  const before = store.state
  const first = store.get(request) as GetResult
  const second = store.get(request) as GetResult
  assert.equal(second.records[0], first.records[0])
  assert.equal(store.state.foundReads - before.foundReads, 2)
  assert.equal(store.state.readMessages - before.readMessages, 6)
  await turn()
  const third = store.get(request) as GetResult
  assert.notEqual(third.records[0], first.records[0])
  assert.deepEqual(third.records, first.records)
  await store.close()
})

test('who shares a read may look at it for as long as its own lease says, and what the tail has dropped is read anew', () => {
  const chunkBytes = 100
  const tail = new Tail(250, chunkBytes)
  const chunkAt = (start: number) => {
    const chunk = new Chunk(start, tail.allocate(chunkBytes))
    chunk.bytes.fill(start / 100)
    chunk.used = chunk.written = chunkBytes
    chunk.end = start + chunkBytes
    tail.add(chunk)
  }
  const shared = new SharedReads(new SimulatedClock(), tail)
  const queue = { minOffset: 0, maxOffset: 1 }
  const request = { topic: 'T', queueId: 0, offset: 0, maxMessages: 1 }
  const [one, other, late] = [new TailLease(), new TailLease(), new TailLease()]
  chunkAt(0)
  const result = { ...queue, records: [tail.view(10, 50, one)!] } as unknown as GetResult
  shared.remember(queue, { ...request, lease: one }, 100, result, [{ physicalOffset: 10, size: 50 }])
  assert.equal(shared.find(queue, { ...request, lease: other }, 100), result)
  one.end()
  for (let start = 100; start < 1_000; start += 100) chunkAt(start)
  assert.deepEqual(result.records[0], Buffer.alloc(50, 0), 'the other one still looks')
  other.end()
  assert.equal(shared.find(queue, { ...request, lease: late }, 100), undefined)
})
