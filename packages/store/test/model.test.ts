import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { messageWith, Rig } from './rig.ts'

type Step =
  | { kind: 'put'; queueId: number; bytes: number }
  | { kind: 'batch'; queueId: number; count: number }
  | { kind: 'read'; queueId: number; offset: number; count: number }
  | { kind: 'wait'; ms: number }
  | { kind: 'reopen' }
  | { kind: 'kill' }

const queueId = fc.integer({ min: 0, max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant('put' as const), queueId, bytes: fc.integer({ min: 0, max: 1500 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('batch' as const), queueId, count: fc.integer({ min: 1, max: 8 }) }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      queueId,
      offset: fc.nat(60),
      count: fc.integer({ min: 1, max: 40 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(3000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' as const }) },
)

it('is a list of messages per queue, whatever is done to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), fc.boolean(), async (steps, isSmall) => {
      const rig = await Rig.open(
        isSmall
          ? { chunkBytes: 300, tailBytes: 64 * 1024, queueWindowBytes: 1024, queueWindowsBytes: 1024, maxOpenFiles: 1 }
          : {},
      )
      const model = new Map<number, string[]>([0, 1, 2].map((id) => [id, []]))
      for (const [index, one] of steps.entries()) await take(rig, model, one, index)
      for (const [id, texts] of model) assert.deepEqual(await rig.bodies('T', id), texts)
      await rig.store.close()
    }),
    { numRuns: 60 },
  )
})

async function take(rig: Rig, model: Map<number, string[]>, step: Step, index: number): Promise<void> {
  switch (step.kind) {
    case 'put': {
      const text = `${index}`.padEnd(step.bytes, '.')
      const texts = model.get(step.queueId)!
      const receipt = await rig.store.put(messageWith({ queueId: step.queueId, body: Buffer.from(text) }))
      assert.equal(receipt.queueOffset, texts.length)
      texts.push(text)
      return
    }
    case 'batch': {
      const texts = Array.from({ length: step.count }, (_, item) => `${index} ${item}`)
      const items = texts.map((text) => ({ flag: 0, properties: '', body: Buffer.from(text) }))
      await rig.store.putBatch(messageWith({ queueId: step.queueId }), items)
      model.get(step.queueId)!.push(...texts)
      return
    }
    case 'read': {
      const texts = model.get(step.queueId)!
      const { records, status } = await rig.store.get({
        topic: 'T',
        queueId: step.queueId,
        offset: step.offset,
        maxMessages: step.count,
      })
      if (step.offset < texts.length) {
        assert.equal(status, 'FOUND')
        assert.ok(records.length >= 1 && records.length <= Math.min(32, step.count))
      } else assert.deepEqual(records, [])
      for (const [item, record] of records.entries()) assert.ok(record.includes(texts[step.offset + item]!))
      return
    }
    case 'wait':
      return rig.clock.advance(step.ms)
    case 'reopen':
      return void (await rig.reopen())
    case 'kill':
      return void (await rig.kill())
  }
}
