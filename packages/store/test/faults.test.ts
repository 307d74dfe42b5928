import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { File, FileSystem } from '@cometmq/platform'
import { FaultyFileSystem, MemoryFileSystem } from '@cometmq/testkit/sim'
import type { StoreError, StoreOptions } from '../src/index.ts'
import { messageWith, Rig } from './rig.ts'

const log = /commitlog/
const queues = /consumequeue/

async function faultyRig(changes: Partial<StoreOptions> = {}) {
  const memory = new MemoryFileSystem()
  const faulty = new FaultyFileSystem(memory)
  const rig = await Rig.open({ maxInlineWriteBytes: 256 * 1024, ...changes }, faulty)
  return { rig, faulty, memory }
}

const isUnavailable = (error: StoreError) => {
  assert.equal(error.code, 'STORE_NOT_AVAILABLE')
  return true
}

for (const maxInlineWriteBytes of [0, 256 * 1024]) {
  it(`acknowledges nothing after EIO on a write ${maxInlineWriteBytes === 0 ? 'off' : 'on'} the event loop, and still reads`, async () => {
    const { rig, faulty } = await faultyRig({ maxInlineWriteBytes })
    await rig.store.put(messageWith({ body: Buffer.from('kept') }))
    faulty.arm({ operation: 'write', systemCode: 'EIO', path: log, afterBytes: 30 })
    const lost = [
      rig.store.put(messageWith()),
      rig.store.put(messageWith()),
      rig.store.putBatch(messageWith(), [messageWith()]),
    ]
    for (const put of lost) await assert.rejects(put, isUnavailable)
    await assert.rejects(rig.store.put(messageWith()), (error: StoreError) => {
      assert.match(error.message, /commitlog\/0{20}.*restart/)
      assert.match(error.message, /EIO/)
      return isUnavailable(error)
    })
    assert.deepEqual(await rig.bodies(), ['kept'])
    assert.equal(rig.store.state.failure?.code, 'STORE_WRITE_FAILED')
    await assert.rejects(rig.store.sync(), isUnavailable)
    await rig.store.close()
    faulty.disarm()
    await rig.open()
    assert.deepEqual(await rig.bodies(), ['kept'], 'what was written in part is gone')
    await rig.store.put(messageWith({ body: Buffer.from('again') }))
    assert.deepEqual(await rig.bodies(), ['kept', 'again'])
    await rig.store.close()
  })
}

describe('a failed sync', () => {
  it('acknowledges nobody who waits for it, and is for good', async () => {
    const { rig, faulty } = await faultyRig({ flushDiskType: 'SYNC_FLUSH' })
    await rig.store.put(messageWith({ body: Buffer.from('kept') }))
    faulty.arm({ operation: 'sync', systemCode: 'EIO', path: log })
    const waiting = rig.store.put(messageWith({ body: Buffer.from('not flushed') }))
    await assert.rejects(waiting, isUnavailable)
    await assert.rejects(rig.store.put(messageWith()), isUnavailable)
    assert.deepEqual(await rig.bodies(), ['kept', 'not flushed'], 'written messages are read')
    await rig.store.close()
    assert.ok(await rig.files.stat('/data/store/abort'), 'the store has to be recovered')
  })

  it('of an asynchronous flush stops the store too', async () => {
    const { rig, faulty } = await faultyRig()
    faulty.arm({ operation: 'sync', systemCode: 'EIO', path: log })
    await rig.store.put(messageWith())
    await rig.clock.advance(600)
    await assert.rejects(rig.store.put(messageWith()), isUnavailable)
    await rig.store.close()
  })

  it('for want of room is for good too: what it has lost cannot be told', async () => {
    const { rig, faulty } = await faultyRig({ flushDiskType: 'SYNC_FLUSH' })
    faulty.arm({ operation: 'sync', systemCode: 'ENOSPC', path: log })
    await assert.rejects(rig.store.put(messageWith()), isUnavailable)
    await rig.clock.advance(10_000)
    await assert.rejects(rig.store.put(messageWith()), isUnavailable)
    await rig.store.close()
  })

  it('of a queue stops the store before the checkpoint claims anything', async () => {
    const { rig, faulty } = await faultyRig({ flushConsumeQueueThoroughInterval: 2000 })
    await rig.store.put(messageWith())
    const before = await rig.files.readFile('/data/store/checkpoint')
    faulty.arm({ operation: 'sync', systemCode: 'EIO', path: queues })
    await rig.clock.advance(5000)
    await assert.rejects(rig.store.put(messageWith()), isUnavailable)
    assert.deepEqual(await rig.files.readFile('/data/store/checkpoint'), before)
    await rig.store.close()
  })
})

describe('other faults', () => {
  it('a queue that cannot be written stops the store, and is made again from the log', async () => {
    const { rig, faulty } = await faultyRig()
    faulty.arm({ operation: 'write', systemCode: 'EIO', path: queues, times: Number.POSITIVE_INFINITY })
    await rig.store.put(messageWith({ body: Buffer.from('one') }))
    await rig.clock.advance(300)
    await assert.rejects(rig.store.put(messageWith()), isUnavailable)
    assert.deepEqual(await rig.bodies(), ['one'])
    await rig.store.close()
    faulty.disarm()
    await rig.open()
    assert.deepEqual(await rig.bodies(), ['one'])
    await rig.store.close()
  })

  it('a next file that cannot be made ahead is made when it is needed', async () => {
    const { rig, faulty } = await faultyRig()
    faulty.arm({ operation: 'open', systemCode: 'ENOSPC', path: /commitlog\/0+4096/ })
    for (let index = 0; index < 60; index++) await rig.store.put(messageWith())
    assert.ok(rig.store.state.writtenOffset > 4096)
    await rig.store.close()
  })

  it('a read that fails is an error and not a gap, and the next one may work', async () => {
    const { rig, faulty } = await faultyRig()
    await rig.store.put(messageWith())
    await rig.reopen()
    faulty.arm({ operation: 'read', systemCode: 'EIO', path: log })
    const request = { topic: 'T', queueId: 0, offset: 0, maxMessages: 1 }
    await assert.rejects(async () => rig.store.get(request), { code: 'STORE_READ_FAILED', retriable: true })
    assert.deepEqual(await rig.bodies(), ['hello'])
    await rig.store.close()
  })

  it('a store that cannot be opened says why, and lets the next one try', async () => {
    const faulty = new FaultyFileSystem(new MemoryFileSystem())
    const rig = new Rig({}, faulty)
    faulty.arm({ operation: 'makeDirectory', systemCode: 'EROFS', path: log })
    await assert.rejects(rig.open(), (error: StoreError) => {
      assert.equal(error.code, 'STORE_OPEN_FAILED')
      return /\/data\/store cannot be opened.*EROFS/.test(error.message)
    })
    await rig.open()
    await rig.store.close()
  })

  it('a disk that hangs makes the store busy, then late, and then right again', async () => {
    const memory = new MemoryFileSystem()
    const gate = new Gate()
    const rig = await Rig.open(
      { flushDiskType: 'SYNC_FLUSH', maxUnwrittenBytes: 2000, maxInlineWriteBytes: 0 },
      gate.around(memory),
    )
    gate.close('sync')
    const late = rig.store.put(messageWith())
    await rig.clock.advance(5001)
    assert.equal((await late).status, 'FLUSH_DISK_TIMEOUT')
    gate.open()
    await rig.clock.settle()
    gate.close('write')
    const puts = Array.from({ length: 30 }, () => rig.store.put(messageWith()))
    const refused = puts.at(-1)!
    await assert.rejects(refused, { code: 'STORE_BUSY', retriable: true })
    gate.open()
    const results = await Promise.allSettled(puts)
    assert.ok(results.filter(({ status }) => status === 'fulfilled').length > 10)
    assert.equal((await rig.store.put(messageWith())).status, 'PUT_OK')
    await rig.store.close()
  })
})

/** Holds back one operation on files until it is opened. */
class Gate {
  #closedFor: string | undefined
  #opened: Promise<void> = Promise.resolve()
  #release: () => void = () => undefined

  close(operation: 'write' | 'sync'): void {
    this.#closedFor = operation
    this.#opened = new Promise((resolve) => {
      this.#release = resolve
    })
  }

  open(): void {
    this.#closedFor = undefined
    this.#release()
  }

  around(files: FileSystem): FileSystem {
    return new Proxy(files, {
      get: (target, key) => {
        const member = Reflect.get(target, key, target)
        if (typeof member !== 'function') return member
        if (key !== 'open') return member.bind(target)
        return async (...args: Parameters<FileSystem['open']>) => this.#file(await target.open(...args))
      },
    })
  }

  #file(file: File): File {
    return new Proxy(file, {
      get: (target, key) => {
        const member = Reflect.get(target, key, target)
        if (typeof member !== 'function') return member
        if (key !== this.#closedFor) return member.bind(target)
        return async (...args: unknown[]) => {
          await this.#opened
          return member.apply(target, args)
        }
      },
    })
  }
}
