import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { Logger } from '@cometmq/platform'
import { decodeRecord } from '@cometmq/protocol/message'
import { unitBytes } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

/** A store with messages in two queues and a light queue, and damage in the middle of the first one's file. */
async function damaged(damage: (units: Buffer, otherUnits: Buffer) => void): Promise<{ rig: Rig; errors: string[] }> {
  const errors: string[] = []
  const logger: Logger = {
    debug() {},
    info() {},
    warn() {},
    error: (_fields, message) => void errors.push(message),
    child: () => logger,
  }
  const big = { mappedFileSizeCommitLog: 1024 * 1024, mappedFileSizeConsumeQueue: 20_000 }
  const rig = new Rig({ ...big, enableLmq: true, enableMultiDispatch: true }, undefined, logger)
  await rig.open()
  for (let n = 0; n < 40; n++) {
    const properties = `INNER_MULTI_DISPATCH\u0001%LMQ%a\u0002`
    await rig.store.put(messageWith({ queueId: n % 2, properties, body: Buffer.from(`${n % 2} ${n}`) }))
  }
  await rig.store.close()
  const unitsOf = (topic: string, queueId: number) =>
    rig.files.readFile(`${root}/consumequeue/${topic}/${queueId}/00000000000000000000`)
  for (const [topic, other] of [
    ['T', await unitsOf('T', 1)],
    ['%LMQ%a', await unitsOf('T', 1)],
  ] as const) {
    const units = await unitsOf(topic, 0)
    damage(units, other)
    const file = await rig.files.open(`${root}/consumequeue/${topic}/0/00000000000000000000`)
    await file.write(units, 0)
    await file.close()
  }
  await rig.open()
  return { rig, errors }
}

const even = Array.from({ length: 20 }, (_, n) => `0 ${2 * n}`)

it("does not answer another queue's message, or another one of the queue, where a unit points at it", async () => {
  const { rig, errors } = await damaged((units, other) => {
    other.copy(units, 5 * unitBytes, 5 * unitBytes, 6 * unitBytes)
    units.copy(units, 7 * unitBytes, 8 * unitBytes, 9 * unitBytes)
  })
  assert.deepEqual(
    await rig.bodies('T', 0),
    even.filter((_, n) => n !== 5 && n !== 7),
  )
  assert.deepEqual(
    await rig.bodies('T', 1),
    Array.from({ length: 20 }, (_, n) => `1 ${2 * n + 1}`),
  )
  const light = await rig.readAll('%LMQ%a')
  assert.equal(light.length, 38)
  assert.ok(light.every(({ topic }) => topic === 'T'))
  assert.equal(errors.length, 4, 'each is told')
  await rig.store.close()
})

it('has a queue made again that seems to end where there are no units', async () => {
  const { rig } = await damaged((units) => {
    for (let at = 5 * unitBytes; at < 9 * unitBytes; at++) units[at] = (at * 97) & 0xff
  })
  assert.deepEqual(await rig.bodies('T', 0), even)
  const { records } = await rig.store.get({ topic: 'T', queueId: 0, offset: 12, maxMessages: 1 })
  assert.equal(decodeRecord(records[0]!, 0).queueOffset, 12)
  await rig.store.close()
})
