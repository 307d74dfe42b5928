import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { AwaitedReads } from '../../generator/awaited-reads.ts'

const never = 3_600_000

describe('a count of messages that is waited for', () => {
  it('is there when every group has read as many', async () => {
    const read = [1, 2]
    const reads = new AwaitedReads(() => read)
    const waiting = reads.exactly(2, never)
    assert.ok(reads.isAwaited)
    read[0] = 2
    reads.check()
    await waiting
    assert.ok(!reads.isAwaited)
  })

  it('fails when a group reads more', async () => {
    const read = [0, 3]
    await assert.rejects(new AwaitedReads(() => read).exactly(2, never), /3 messages were read, but only 2/)
  })

  it('fails with what went wrong meanwhile, which stays known', async () => {
    const reads = new AwaitedReads(() => [0])
    const waiting = reads.exactly(1, never)
    reads.fail(new Error('the connection broke'))
    await assert.rejects(waiting, /broke/)
    await assert.rejects(reads.failed(), /broke/)
  })

  it('fails when it takes too long', async () => {
    await assert.rejects(new AwaitedReads(() => [1, 0]).exactly(2, 0), /of 2 acknowledged messages 0 were read/)
  })
})
