import assert from 'node:assert/strict'
import { it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { FaultyFileSystem, MemoryFileSystem } from '@cometmq/testkit/sim'
import { InlineReads } from '../../src/segment/inline-reads.ts'
import { OpenFiles } from '../../src/segment/open-files.ts'
import { SegmentSequence } from '../../src/segment/segment-sequence.ts'

/** Each look at the clock finds `tookMs` gone, so that this is what a read takes. */
async function rig() {
  const clock = { nowMs: 0, tookMs: 0, monotonicMs: () => (clock.nowMs += clock.tookMs) }
  const files = new FaultyFileSystem(new MemoryFileSystem())
  await files.makeDirectory('/s')
  const sequence = new SegmentSequence(files, new OpenFiles(files, silentLogger, 4), '/s', 100)
  for (const start of [0, 100]) await sequence.create(start)
  return { clock, files, sequence, memory: Buffer.alloc(10), reads: new InlineReads(clock) }
}

it('reads from a file that is open, within it', async () => {
  const { sequence, memory, reads } = await rig()
  assert.equal(reads.read(sequence, memory, 50), undefined, 'not open yet')
  await sequence.write(Buffer.from('0123456789'), 50)
  assert.equal(reads.read(sequence, memory, 50), 10)
  assert.equal(memory.toString(), '0123456789')
  assert.equal(reads.read(sequence, memory, 95), undefined, 'reaches into the next file')
  assert.equal(reads.read(sequence, memory, 200), undefined, 'there is no such file')
})

it('leaves a read that fails to be read off the loop', async () => {
  const { files, sequence, memory, reads } = await rig()
  await sequence.read(memory, 0)
  files.arm({ operation: 'read', systemCode: 'EIO' })
  assert.equal(reads.read(sequence, memory, 0), undefined)
  assert.equal(reads.read(sequence, memory, 0), 10)
})

it('reads nothing for a second after a slow read', async () => {
  const { clock, sequence, memory, reads } = await rig()
  await sequence.read(memory, 0)
  clock.tookMs = 3
  assert.equal(reads.read(sequence, memory, 0), 10, 'what was read is good all the same')
  clock.tookMs = 1
  assert.equal(reads.isOn, false)
  assert.equal(reads.read(sequence, memory, 0), undefined)
  clock.nowMs += 1_000
  assert.equal(reads.isOn, true)
  assert.equal(reads.read(sequence, memory, 0), 10)
})
