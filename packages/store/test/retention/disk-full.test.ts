import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { FileSystem } from '@cometmq/platform'
import { FaultyFileSystem, MemoryFileSystem, SimulatedClock } from '@cometmq/testkit/sim'
import type { StoreError, StoreOptions } from '../../src/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const log = /commitlog\/\d/
const queues = /consumequeue/
const checkpoint = /checkpoint/
const forever = Number.POSITIVE_INFINITY
const textsFrom = (first: number, count: number) => Array.from({ length: count }, (_, index) => `m${first + index}`)
const put = (rig: Rig, text: string) => rig.store.put(messageWith({ body: Buffer.from(text) }))

async function faultyRig(changes: Partial<StoreOptions> = {}) {
  const clock = new SimulatedClock()
  const memory = new MemoryFileSystem({ clock })
  const faulty = new FaultyFileSystem(memory)
  const rig = new Rig(changes, faulty)
  await rig.open()
  return { rig, faulty, memory }
}

/** Opens what a killed process leaves. */
async function killed({ rig, memory }: { rig: Rig; memory: MemoryFileSystem }): Promise<Rig> {
  memory.shutDown()
  const next = new Rig(rig.options, new MemoryFileSystem({ disk: memory.disk }))
  await next.open()
  return next
}

const isFull = (error: StoreError) => {
  assert.equal(error.code, 'STORE_DISK_FULL')
  assert.equal(error.retriable, true)
  assert.match(error.message, /the disk of \/data\/store\S+ is full/)
  assert.match(error.message, /consumers are still served.*accepted again/)
  return true
}

for (const systemCode of ['ENOSPC', 'EDQUOT']) {
  for (const maxInlineWriteBytes of [0, 256 * 1024]) {
    const where = maxInlineWriteBytes === 0 ? 'off' : 'on'
    it(`${systemCode} of a write ${where} the event loop refuses messages and stores none of them, until there is room`, async () => {
      const { rig, faulty } = await faultyRig({ maxInlineWriteBytes })
      await put(rig, 'm0')
      faulty.arm({ operation: 'write', systemCode, path: log, times: forever })
      const refused = ['a', 'b', 'c'].map((text) => put(rig, text))
      for (const one of refused) await assert.rejects(one, isFull)
      await assert.rejects(put(rig, 'd'), (error: StoreError) => {
        assert.match(
          error.message,
          new RegExp(`commitlog/0{20} is full \\(${systemCode}\\): .* of .* used \\(\\d+ %\\), limit 90 %`),
        )
        return isFull(error)
      })
      assert.equal(rig.store.state.diskState, 'full')
      assert.equal(rig.store.state.putMessages, 1)
      assert.equal(rig.store.state.failure, undefined)
      assert.deepEqual(await rig.bodies(), ['m0'])
      await rig.store.sync()
      await rig.clock.advance(5_000)
      await assert.rejects(put(rig, 'e'), isFull)
      faulty.disarm()
      await rig.clock.advance(1_000)
      assert.equal(rig.store.state.diskState, 'room')
      for (const text of textsFrom(1, 60)) await put(rig, text)
      assert.deepEqual(await rig.bodies(), textsFrom(0, 61))
      await rig.reopen()
      assert.deepEqual(await rig.bodies(), textsFrom(0, 61))
      await rig.store.close()
    })
  }
}

describe('a write that gets only so far', () => {
  for (const afterBytes of [1, 30, 150, 400]) {
    it(`leaves nothing of refused messages after ${afterBytes} bytes, whenever the process is killed`, async () => {
      const { rig, faulty, memory } = await faultyRig()
      await put(rig, 'kept')
      faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: log, afterBytes })
      const refused = textsFrom(0, 8).map((text) => put(rig, text))
      for (const one of refused) await assert.rejects(one, isFull)
      const next = await killed({ rig, memory })
      assert.deepEqual(await next.bodies(), ['kept'])
      await next.store.close()
    })

    it(`leaves nothing behind later messages of the same length either (${afterBytes} bytes)`, async () => {
      const { rig, faulty, memory } = await faultyRig()
      await put(rig, 'kept')
      faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: log, afterBytes })
      for (const one of textsFrom(0, 8).map((text) => put(rig, text))) await assert.rejects(one, isFull)
      await rig.clock.advance(1_000)
      await put(rig, 'm9')
      const next = await killed({ rig, memory })
      assert.deepEqual(await next.bodies(), ['kept', 'm9'])
      await next.store.close()
    })
  }

  it('refuses a batch as a whole, however large its parts', async () => {
    const { rig, faulty } = await faultyRig({ chunkBytes: 256 })
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: log, after: 1 })
    await put(rig, 'kept')
    const items = textsFrom(0, 6).map((text) => ({ flag: 0, properties: '', body: Buffer.from(text.padEnd(150)) }))
    await assert.rejects(rig.store.putBatch(messageWith(), items), isFull)
    assert.deepEqual(await rig.bodies(), ['kept'])
    await rig.clock.advance(1_000)
    assert.equal((await rig.store.putBatch(messageWith(), items)).queueOffset, 1)
    assert.equal((await rig.bodies()).length, 7)
    await rig.store.close()
  })

  it('over the end of a file takes the end back too', async () => {
    const { rig, faulty } = await faultyRig()
    for (const text of textsFrom(0, 20)) await put(rig, text)
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: log, afterBytes: 500 })
    const many = textsFrom(100, 40).map((text) => put(rig, text))
    assert.ok((await Promise.allSettled(many)).every(({ status }) => status === 'rejected'))
    await rig.clock.advance(1_000)
    for (const text of textsFrom(20, 40)) await put(rig, text)
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), textsFrom(0, 60))
    await rig.store.close()
  })

  it('tries again when there is no room to erase what it left', async () => {
    const { rig, faulty } = await faultyRig()
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: log, afterBytes: 200 })
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: log, times: 3 })
    await assert.rejects(put(rig, 'x'), isFull)
    await rig.clock.advance(1_000)
    await assert.rejects(put(rig, 'y'), isFull)
    await rig.clock.advance(3_000)
    await put(rig, 'z')
    assert.deepEqual(await rig.bodies(), ['z'])
    await rig.store.close()
  })
})

describe('what is derived, on a full disk', () => {
  it('queue units wait in memory, are read from there, and are written when there is room', async () => {
    const { rig, faulty, memory } = await faultyRig()
    await put(rig, 'm0')
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: queues, times: forever, afterBytes: 7 })
    await rig.clock.advance(300)
    await assert.rejects(put(rig, 'm1'), isFull)
    assert.deepEqual(await rig.bodies(), ['m0'])
    await rig.clock.advance(70_000)
    faulty.disarm()
    await rig.clock.advance(1_000)
    for (const text of textsFrom(1, 30)) await put(rig, text)
    await rig.clock.advance(300)
    assert.deepEqual(await rig.bodies(), textsFrom(0, 31))
    const next = await killed({ rig, memory })
    assert.deepEqual(await next.bodies(), textsFrom(0, 31))
    await next.store.close()
  })

  it('the first file of a queue that begins within it is filled again by the next try', async () => {
    const { rig, faulty } = await faultyRig({ mappedFileSizeConsumeQueue: 200 })
    await put(rig, 'm0')
    faulty.arm({ operation: 'open', systemCode: 'ENOSPC', path: queues })
    faulty.arm({ operation: 'truncate', systemCode: 'ENOSPC', path: queues })
    faulty.arm({ operation: 'sync', systemCode: 'ENOSPC', path: queues })
    await rig.clock.advance(10_000)
    for (const text of textsFrom(1, 15)) await put(rig, text)
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), textsFrom(0, 16))
    await rig.store.close()
  })

  it('the old checkpoint stays, and is replaced when there is room', async () => {
    const { rig, faulty } = await faultyRig({ flushConsumeQueueThoroughInterval: 2_000 })
    const before = await rig.files.readFile(`${root}/checkpoint`)
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: checkpoint, times: forever })
    await put(rig, 'm0')
    await rig.clock.advance(5_000)
    await assert.rejects(put(rig, 'm1'), isFull)
    assert.deepEqual(await rig.files.readFile(`${root}/checkpoint`), before)
    assert.equal(await rig.files.stat(`${root}/checkpoint.tmp`), undefined, 'it gives back the room that it took')
    faulty.disarm()
    await rig.clock.advance(1_000)
    assert.notDeepEqual(await rig.files.readFile(`${root}/checkpoint`), before)
    await put(rig, 'm1')
    await rig.store.close()
    assert.equal(await rig.files.stat(`${root}/abort`), undefined)
  })

  it('a store that is closed without room for its queues is recovered', async () => {
    const { rig, faulty } = await faultyRig()
    await put(rig, 'm0')
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path: queues, times: forever })
    await rig.store.close()
    assert.ok(await rig.files.stat(`${root}/abort`))
    await rig.open()
    assert.deepEqual(await rig.bodies(), ['m0'], 'it opens on the full disk')
    await assert.rejects(put(rig, 'm1'), isFull)
    faulty.disarm()
    await rig.clock.advance(1_000)
    await put(rig, 'm1')
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), ['m0', 'm1'])
    await rig.store.close()
  })

  it('a next log file that cannot be made refuses the messages that need it', async () => {
    const { rig, faulty } = await faultyRig()
    faulty.arm({ operation: 'truncate', systemCode: 'ENOSPC', path: /commitlog\/0+4096/, times: forever })
    const sent: string[] = []
    for (const text of textsFrom(0, 60)) await put(rig, text).then(() => sent.push(text), isFull)
    assert.ok(sent.length > 10 && sent.length < 60)
    faulty.disarm()
    await rig.clock.advance(1_000)
    for (const text of textsFrom(60, 60)) sent.push(text) && (await put(rig, text))
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), sent)
    await rig.store.close()
  })
})

describe('a disk of so many bytes', () => {
  const capacityBytes = 512 * 1024

  async function ballast(files: FileSystem, bytes: number): Promise<void> {
    await files.makeDirectory('/data')
    const file = await files.open('/data/ballast', { create: true })
    await file.truncate(0)
    await file.write(Buffer.alloc(bytes, 1), 0)
    await file.close()
  }

  const settings = {
    mappedFileSizeCommitLog: 64 * 1024,
    mappedFileSizeConsumeQueue: 20_000,
    cleanFileForciblyEnable: false,
    chunkBytes: 8 * 1024,
  }

  it('is filled, killed, opened while full, and used again when there is room, without a loss', async () => {
    const rig = new Rig(settings, new MemoryFileSystem({ capacityBytes }))
    await ballast(rig.files, 300 * 1024)
    await rig.open()
    const sent: string[] = []
    for (let index = 0; ; index++) {
      const text = `${index}`.padEnd(1_000)
      const isStored = await put(rig, text).then(
        () => true,
        (error) => !isFull(error),
      )
      if (!isStored) break
      sent.push(text)
    }
    assert.ok(sent.length > 50)
    assert.deepEqual(await rig.bodies(), sent)
    for (let life = 0; life < 2; life++) {
      await rig.kill()
      assert.deepEqual(await rig.bodies(), sent)
      await assert.rejects(put(rig, 'no'), isFull)
      await rig.clock.advance(3_000)
      await assert.rejects(put(rig, 'no'), isFull)
    }
    await rig.files.remove('/data/ballast')
    await rig.clock.advance(2_000)
    for (const text of textsFrom(0, 20)) sent.push(text) && (await put(rig, text))
    assert.deepEqual(await rig.bodies(), sent)
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), sent)
    await rig.store.close()
  })

  it('refuses messages above the warning ratio, before it is full, and takes them again below it', async () => {
    const rig = new Rig(settings, new MemoryFileSystem({ capacityBytes }))
    await rig.open()
    await put(rig, 'm0')
    await ballast(rig.files, 410 * 1024)
    await rig.clock.advance(60_000)
    await assert.rejects(put(rig, 'm1'), (error: StoreError) => {
      assert.match(
        error.message,
        /the disk of \/data\/store\/commitlog is full: 4\d\d\.\d KiB of 512\.0 KiB used \(9\d %\), limit 90 % \(diskSpaceWarningLevelRatio\)/,
      )
      return isFull(error)
    })
    assert.equal(rig.store.state.diskState, 'above-limit')
    assert.deepEqual(await rig.bodies(), ['m0'])
    await ballast(rig.files, 300 * 1024)
    await rig.clock.advance(1_000)
    await put(rig, 'm1')
    assert.deepEqual(await rig.bodies(), ['m0', 'm1'])
    await rig.store.close()
  })

  it('refuses messages from the start when it is opened above the warning ratio', async () => {
    const rig = new Rig(settings, new MemoryFileSystem({ capacityBytes }))
    await ballast(rig.files, 470 * 1024)
    await rig.open()
    await assert.rejects(put(rig, 'm0'), isFull)
    await rig.files.remove('/data/ballast')
    await rig.clock.advance(1_000)
    await put(rig, 'm0')
    await rig.store.close()
  })
})

it('messages go on where the system does not tell how full the disk is', async () => {
  const clock = new SimulatedClock()
  const faulty = new FaultyFileSystem(new MemoryFileSystem({ clock }))
  const rig = new Rig({}, faulty)
  await rig.open()
  faulty.arm({ operation: 'usage', systemCode: 'ENOSYS', times: forever })
  await rig.clock.advance(100_000)
  await put(rig, 'm0')
  assert.equal(rig.store.state.disk, undefined)
  await rig.store.close()
})
