import assert from 'node:assert/strict'
import { it } from 'node:test'
import { decodeRecord } from '@cometmq/protocol/message'
import { messageWith, Rig } from '../rig.ts'

const count = 20_000
const bodyBytes = 1000
const request = { topic: 'T', queueId: 0, maxMessages: 32 }

it('records that were read stay as they are while more is read than is kept in memory', async () => {
  const rig = await Rig.open({
    mappedFileSizeCommitLog: 64 * 1024 * 1024,
    mappedFileSizeConsumeQueue: 600_000,
    tailBytes: 64 * 1024,
  })
  const body = (offset: number) => Buffer.alloc(bodyBytes, `${offset} `)
  for (let offset = 0; offset < count; ) {
    const puts: Promise<unknown>[] = []
    for (const end = offset + 1000; offset < end; offset++)
      puts.push(rig.store.put(messageWith({ body: body(offset) })))
    await Promise.all(puts)
  }
  await rig.reopen()
  const kept: Buffer[] = []
  for (let offset = 0; offset < count; ) {
    const result = await rig.store.get({ ...request, offset })
    // Of every read one record, the first of them from the first blocks.
    kept.push(result.records[0]!)
    offset = result.nextBeginOffset
  }
  assert.ok(kept.length >= count / 32)
  for (const record of kept) {
    const message = decodeRecord(record, 0)
    assert.ok(message.body.equals(body(message.queueOffset)), `the message ${message.queueOffset} has changed`)
  }
  await rig.store.close()
})
