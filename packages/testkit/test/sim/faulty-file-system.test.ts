import assert from 'node:assert/strict'
import { test } from 'node:test'
import { FaultyFileSystem, MemoryFileSystem, SeededRandom, SimulatedClock } from '@cometmq/testkit/sim'

test('an armed fault strikes once, where and when it is told', async () => {
  const files = new FaultyFileSystem(new MemoryFileSystem())
  files.arm({ operation: 'sync', systemCode: 'EIO', path: /log/, after: 1 })
  const log = await files.open('/log', { create: true })
  const other = await files.open('/other', { create: true })
  await other.sync()
  await other.sync()
  await log.sync()
  await assert.rejects(log.sync(), { systemCode: 'EIO', operation: 'sync', path: '/log' })
  await log.sync()
})

test('a disk can stay broken, until it is mended', async () => {
  const files = new FaultyFileSystem(new MemoryFileSystem())
  files.arm({ operation: 'readFile', systemCode: 'EIO', times: Number.POSITIVE_INFINITY })
  for (let tries = 0; tries < 3; tries++) await assert.rejects(files.readFile('/a'), { systemCode: 'EIO' })
  files.disarm()
  await assert.rejects(files.readFile('/a'), { systemCode: 'ENOENT' })
})

test('a write fails in the middle, in both ways of writing', async () => {
  const files = new FaultyFileSystem(new MemoryFileSystem())
  const file = await files.open('/a', { create: true })
  files.arm({ operation: 'write', systemCode: 'ENOSPC', afterBytes: 3, times: 2 })
  await assert.rejects(file.write(Buffer.from('abcdef'), 0), { systemCode: 'ENOSPC' })
  assert.equal((await files.readFile('/a')).toString(), 'abc')
  assert.throws(() => file.writeNow(Buffer.from('vwxyz'), 3), { systemCode: 'ENOSPC' })
  assert.equal((await files.readFile('/a')).toString(), 'abcvwx')
  file.writeNow(Buffer.from('!'), 6)
  assert.equal((await files.readFile('/a')).toString(), 'abcvwx!')
})

test('random faults strike about as often as they should, and at the same places with the same seed', async () => {
  const run = async (seed: number) => {
    const files = new FaultyFileSystem(new MemoryFileSystem(), {
      random: new SeededRandom(seed),
      randomFaults: [{ operation: 'write', systemCode: 'EIO', probability: 0.1 }],
    })
    const file = await files.open('/a', { create: true })
    const failures: number[] = []
    for (let index = 0; index < 1_000; index++) {
      await file.write(Buffer.alloc(100), index * 100).catch(() => failures.push(index))
    }
    return failures
  }
  const failures = await run(7)
  assert.ok(failures.length > 50 && failures.length < 150, `${failures.length}`)
  assert.deepEqual(await run(7), failures)
  assert.notDeepEqual(await run(8), failures)
})

test('latency passes on the clock, and not for writeNow', async () => {
  const clock = new SimulatedClock(0)
  const latency = { clock, minMs: 5, maxMs: 20 }
  const files = new FaultyFileSystem(new MemoryFileSystem(), { random: new SeededRandom(1), latency })
  const file = await clock.until(files.open('/a', { create: true }))
  const opened = clock.now()
  assert.ok(opened >= 5 && opened <= 20)
  file.writeNow(Buffer.from('x'), 0)
  assert.equal(clock.now(), opened)
  await clock.until(file.sync())
  assert.ok(clock.now() >= opened + 5)
})
