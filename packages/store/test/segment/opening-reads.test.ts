import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '@cometmq/platform'
import { MemoryFileSystem, SimulatedClock } from '@cometmq/testkit/sim'
import { OpeningReads } from '../../src/segment/opening-reads.ts'

/** Files of which each read on the loop takes as long as it is told. */
class TimedFiles extends MemoryFileSystem {
  readonly clock: Clock
  tookMs = 0.01
  onLoop = 0
  aside = 0
  turns = 0
  #nowMs = 0

  constructor() {
    super()
    const clock = new SimulatedClock()
    this.clock = {
      now: () => clock.now(),
      monotonicMs: () => this.#nowMs,
      after: (delayMs, task) => clock.after(delayMs, task),
      every: (periodMs, task) => clock.every(periodMs, task),
      endOfTick: (task) => {
        this.turns++
        clock.endOfTick(task)
      },
    }
  }

  override readNow(path: string, buffer: Uint8Array, position: number): number {
    this.onLoop++
    this.#nowMs += this.tookMs
    return super.readNow(path, buffer, position)
  }
}

async function timedFiles(): Promise<{ files: TimedFiles; read: (times: number, bytes?: number) => Promise<void> }> {
  const files = new TimedFiles()
  await (await files.open('/a', { create: true })).write(Buffer.from('abc'), 0)
  const reads = new OpeningReads(files, files.clock)
  const aside = async () => {
    files.aside++
    return 3
  }
  const read = async (times: number, bytes = 4) => {
    for (let n = 0; n < times; n++) assert.equal(await reads.read('/a', Buffer.alloc(bytes), 0, aside), 3)
  }
  return { files, read }
}

describe('reads while a store is opened', () => {
  it('happen on the event loop, in short turns', async () => {
    const { files, read } = await timedFiles()
    await read(8_000)
    assert.deepEqual([files.onLoop, files.aside], [8_000, 0])
    assert.ok(files.turns >= 10, `${files.turns} turns for 80 ms`)
  })

  it('go off it when they wait for the disk, and come back when they do not', async () => {
    const { files, read } = await timedFiles()
    files.tookMs = 1
    await read(1_000)
    assert.ok(files.onLoop < 20, `${files.onLoop} slow reads on the loop`)
    const { onLoop } = files
    files.tookMs = 0.01
    await read(10_000)
    assert.ok(files.onLoop - onLoop > 8_000, `${files.onLoop - onLoop} fast reads on the loop`)
  })

  it('stay on it when one of many had to wait for a processor', async () => {
    const { files, read } = await timedFiles()
    for (let n = 0; n < 50; n++) {
      files.tookMs = 30
      await read(1)
      files.tookMs = 0.01
      await read(60)
    }
    assert.equal(files.aside, 0)
  })

  it('go off it when they are large', async () => {
    const { files, read } = await timedFiles()
    await read(2, 64 * 1024)
    assert.deepEqual([files.onLoop, files.aside], [0, 2])
  })

  it('answer what the files answer, failures too', async () => {
    const { files } = await timedFiles()
    const reads = new OpeningReads(files, files.clock)
    assert.deepEqual(await reads.list('/'), [{ name: 'a', isDirectory: false }])
    assert.equal((await reads.stat('/a'))?.size, 3)
    await assert.rejects(reads.list('/missing'), { systemCode: 'ENOENT' })
    assert.equal(await reads.stat('/missing'), undefined)
  })
})
