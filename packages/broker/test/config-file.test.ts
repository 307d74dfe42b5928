import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { FaultyFileSystem, MemoryFileSystem, SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'
import { ConfigFile } from '../src/config-file.ts'

const path = '/config/some.json'

function fixture() {
  const clock = new SimulatedClock()
  const memory = new MemoryFileSystem()
  const random = new SeededRandom(5)
  const files = new FaultyFileSystem(memory, { random, latency: { clock, minMs: 1, maxMs: 9 } })
  let value = 0
  let encoded = 0
  const file = new ConfigFile(
    path,
    () => {
      encoded++
      return Buffer.from(String(value))
    },
    { files, logger: silentLogger },
  )
  const stored = async () => (await memory.readFile(path)).toString()
  return { clock, memory, files, file, stored, set: (next: number) => (value = next), writes: () => encoded }
}

test('what was there when save was called is durable when it resolves; calls during a write share the next', async () => {
  const { clock, file, stored, set, writes } = fixture()
  const saved: Promise<void>[] = []
  for (let i = 1; i <= 10; i++) {
    set(i)
    saved.push(file.save())
  }
  await clock.until(saved[0]!)
  assert.ok(Number(await stored()) >= 1)
  await clock.until(Promise.all(saved))
  assert.equal(await stored(), '10')
  assert.equal(writes(), 2)
})

test('a save that follows on the end of another does not write at the same time as the one that waits', async () => {
  const { clock, file, stored, set, writes } = fixture()
  set(1)
  const first = file.save()
  const third = first.then(async () => {
    // As near to the end of the first write as anybody can be.
    for (let turn = 0; turn < 4; turn++) {
      set(10 + turn)
      file.saveSoon()
      await undefined
    }
    await file.save()
  })
  const second = file.save()
  await clock.until(Promise.all([first, second, third]))
  await clock.until(file.settle())
  assert.equal(await stored(), '13')
  assert.ok(writes() <= 3, `${writes()} writes`)
})

test('a failed write is told to those who wait for it, and the next is tried', async () => {
  const { clock, files, file, stored, set } = fixture()
  set(1)
  await clock.until(file.save())
  files.arm({ operation: 'sync', systemCode: 'EIO', path: /some\.json/ })
  set(2)
  const failing = file.save()
  set(3)
  const next = file.save()
  await assert.rejects(clock.until(failing), /EIO/)
  await clock.until(next)
  assert.equal(await stored(), '3')
})

test('settle waits for what is being written and for what waits behind it', async () => {
  const { clock, file, stored, set } = fixture()
  file.saveSoon()
  set(2)
  file.saveSoon()
  await clock.until(file.settle())
  assert.equal(await stored(), '2')
})
