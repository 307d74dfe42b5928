import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import type { TimerStore } from '../../src/timer/index.ts'
import { checkpointPath, directory, fileBytes, openTimers, progress, unitAt, waitingAt } from './timer-rig.ts'

const durable = async () => {}

function addAll(timers: TimerStore, from: number, to: number, secondOf: (index: number) => number): void {
  for (let index = from; index < to; index++) timers.add(secondOf(index), unitAt(index, secondOf(index)))
}

test('chains are read back, the newest first, from memory and from files', async () => {
  const { timers, progress: found } = await openTimers(new MemoryFileSystem())
  assert.equal(found, undefined)
  addAll(timers, 0, 100, (index) => 1_000 + (index % 3))
  assert.deepEqual(
    await waitingAt(timers, 1_001),
    Array.from({ length: 33 }, (_, i) => 97 - 3 * i),
  )
  await timers.write()
  addAll(timers, 100, 110, () => 1_001)
  const wanted = [...Array.from({ length: 10 }, (_, i) => 109 - i), ...Array.from({ length: 33 }, (_, i) => 97 - 3 * i)]
  assert.deepEqual(await waitingAt(timers, 1_001), wanted)
  assert.equal(timers.countAt(1_001), 43)
  assert.deepEqual(await waitingAt(timers, 1_003), [])
  assert.deepEqual([timers.next(0), timers.next(1_002), timers.next(1_003)], [1_000, 1_002, undefined])
  await timers.close()
})

test('what takes back does not count', async () => {
  const { timers } = await openTimers(new MemoryFileSystem())
  timers.add(1_000, unitAt(1, 1_000))
  timers.add(1_000, unitAt(2, 1_000, 1 | 4))
  assert.equal(timers.countAt(1_000), 1)
  assert.deepEqual(await waitingAt(timers, 1_000), [2, 1])
  await timers.close()
})

test('a second of another lap has its place to itself, and is seen to be taken', async () => {
  const { timers } = await openTimers(new MemoryFileSystem())
  const lap = 1_209_600
  timers.add(1_000, unitAt(1, 1_000))
  assert.equal(timers.isTaken(1_000 + lap, 900), true)
  assert.equal(timers.isTaken(1_000 + lap, 1_001), false)
  assert.equal(timers.isTaken(1_000, 900), false)
  timers.add(1_000 + lap, unitAt(2, 1_000 + lap))
  assert.deepEqual([await waitingAt(timers, 1_000), await waitingAt(timers, 1_000 + lap)], [[], [2]])
  await timers.close()
})

test('what a checkpoint says is there after a restart, and nothing else', async () => {
  const files = new MemoryFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 70, (index) => 1_000 + (index % 7))
  await timers.checkpoint(progress({ queueOffset: 70, readSecond: 1_002, deliveredFrom: 55 }), durable)
  addAll(timers, 70, 95, () => 1_004)
  await timers.write()
  await timers.close()
  const again = await openTimers(files)
  assert.deepEqual(again.progress, { queueOffset: 70, readSecond: 1_002, deliveredFrom: 55 })
  assert.deepEqual(
    await waitingAt(again.timers, 1_004),
    Array.from({ length: 10 }, (_, i) => 67 - 7 * i),
  )
  assert.equal(again.timers.next(1_002), 1_002)
  addAll(again.timers, 70, 71, () => 1_004)
  assert.equal((await waitingAt(again.timers, 1_004))[0], 70)
  await again.timers.close()
})

test('files have Apache’s names and lengths, and the checkpoint its form', async () => {
  const files = new MemoryFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 25, () => 1_000)
  await timers.checkpoint(progress({ queueOffset: 25, readSecond: 1_000 }), durable)
  assert.deepEqual((await files.list(`${directory}/timerlog`)).map(({ name }) => name).sort(), [
    '00000000000000000000',
    '00000000000000001056',
  ])
  for (const name of ['00000000000000000000', '00000000000000001056'])
    assert.equal((await files.stat(`${directory}/timerlog/${name}`))!.size, fileBytes)
  assert.equal((await files.stat(`${directory}/timerwheel`))!.size, 38_707_200)
  const check = await files.readFile(checkpointPath)
  assert.equal(check.length, 4_096)
  const fields = Array.from({ length: 4 }, (_, i) => Number(check.readBigInt64BE(8 * i)))
  assert.deepEqual(fields, [1_000_000, fileBytes + 5 * 52, 25, 25])
  const log = await files.readFile(`${directory}/timerlog/00000000000000000000`)
  assert.deepEqual([log.readInt32BE(1_040), log.readInt32BE(1_052)], [16, 0xcbd43194 | 0])
  await timers.close()
})

test('a power cut at any moment leaves what the last checkpoint says', async () => {
  for (let seed = 1; seed <= 60; seed++) {
    const random = new SeededRandom(seed)
    const files = new CrashFileSystem()
    const { timers } = await openTimers(files)
    const second = (index: number) => 1_000 + ((index * 7) % 11)
    const said: number[] = [0]
    let next = 0
    const cuts: CrashFileSystem[] = []
    const work = (async () => {
      for (let round = 0; round < 6; round++) {
        const to = next + 1 + random.int(40)
        addAll(timers, next, to, second)
        next = to
        if (random.int(2) === 0) await timers.write()
        await timers.checkpoint(progress({ queueOffset: next, readSecond: 1_000 }), durable)
        said.push(next)
      }
    })()
    const steps = random.int(120)
    for (let step = 0; step < steps; step++) await Promise.resolve()
    const least = said.at(-1)!
    cuts.push(files.afterPowerCut(random))
    await work
    await timers.close()
    const again = await openTimers(cuts[0]!)
    const queueOffset = again.progress?.queueOffset ?? 0
    assert.ok(queueOffset >= least, `seed ${seed}: ${queueOffset} of ${least}`)
    for (let at = 1_000; at < 1_011; at++) {
      const wanted = Array.from({ length: queueOffset }, (_, i) => i)
        .filter((index) => second(index) === at)
        .reverse()
      assert.deepEqual(await waitingAt(again.timers, at), wanted, `seed ${seed}, second ${at}`)
    }
    await again.timers.close()
  }
})

test('a checkpoint that fails is no checkpoint, and the next one has all of it', async () => {
  const files = new FaultyFileSystem(new MemoryFileSystem())
  const { timers } = await openTimers(files)
  addAll(timers, 0, 10, () => 1_000)
  files.arm({ operation: 'sync', systemCode: 'EIO', path: /timerwheel/ })
  await assert.rejects(timers.checkpoint(progress({ queueOffset: 10 }), durable), /EIO/)
  await assert.rejects(
    timers.checkpoint(progress({ queueOffset: 10 }), () => Promise.reject(new Error('no log'))),
    /no log/,
  )
  await timers.checkpoint(progress({ queueOffset: 10 }), durable)
  await timers.close()
  const again = await openTimers(files)
  assert.equal(again.progress!.queueOffset, 10)
  assert.equal((await waitingAt(again.timers, 1_000)).length, 10)
  await again.timers.close()
})

test('the log is durable before the timer log names it', async () => {
  const files = new CrashFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 10, () => 1_000)
  let isDurable = false
  await timers.checkpoint(progress({ queueOffset: 10 }), async () => {
    assert.equal(await files.stat(checkpointPath), undefined)
    isDurable = true
  })
  assert.ok(isDurable)
  await timers.close()
})

test('after an Apache broker its units say how far it was, and where chains end', async () => {
  const files = new MemoryFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 30, (index) => 1_000 + (index % 2))
  await timers.checkpoint(progress({ queueOffset: 30 }), durable)
  addAll(timers, 30, 45, (index) => 1_000 + (index % 2))
  await timers.write()
  await timers.close()
  // As Apache writes it: other figures, and our mark left behind them.
  const check = await files.open(checkpointPath)
  const head = Buffer.alloc(16)
  head.writeBigInt64BE(1_000_000n, 0)
  head.writeBigInt64BE(BigInt(52), 8)
  await check.write(head, 0)
  await check.close()
  const again = await openTimers(files)
  assert.deepEqual(again.progress, { queueOffset: 45, readSecond: 1_000, deliveredFrom: undefined })
  assert.deepEqual(
    await waitingAt(again.timers, 1_000),
    Array.from({ length: 23 }, (_, i) => 44 - 2 * i),
  )
  await again.timers.close()
})

test('only some of a second is left to wait', async () => {
  const { timers } = await openTimers(new MemoryFileSystem())
  addAll(timers, 0, 10, () => 1_000)
  timers.replace(1_000, [unitAt(3, 1_000), unitAt(8, 1_000)])
  assert.deepEqual(await waitingAt(timers, 1_000), [8, 3])
  timers.replace(1_000, [])
  assert.equal(timers.next(0), undefined)
  await timers.close()
})

test('files of the timer log go with the messages that they name, but never the last', async () => {
  const files = new MemoryFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 70, () => 1_000)
  await timers.checkpoint(progress({ queueOffset: 70 }), durable)
  await timers.removeBefore(45 * 100)
  const names = (await files.list(`${directory}/timerlog`)).map(({ name }) => Number(name)).sort((a, b) => a - b)
  assert.deepEqual(names, [2 * fileBytes, 3 * fileBytes])
  assert.deepEqual(
    await waitingAt(timers, 1_000),
    Array.from({ length: 30 }, (_, i) => 69 - i),
  )
  await timers.removeBefore(1_000_000)
  assert.equal((await files.list(`${directory}/timerlog`)).length, 1)
  await timers.close()
})

test('files that do not fit are refused, with what to do', async () => {
  const files = new MemoryFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 30, () => 1_000)
  await timers.checkpoint(progress({ queueOffset: 30 }), durable)
  await timers.close()
  const broken = async (path: string, bytes: number, message: RegExp) => {
    const file = await files.open(path)
    const size = await file.size()
    await file.truncate(bytes)
    await assert.rejects(openTimers(files), { message })
    await file.truncate(size)
    await file.close()
  }
  await broken(`${directory}/timerlog/00000000000000000000`, fileBytes + 1, /mappedFileSizeTimerLog/)
  await broken(`${directory}/timerwheel`, 5, /timerwheel has 5 bytes.*remove it/)
  await broken(checkpointPath, 7, /timercheck cannot be read.*remove it/)
})

test('a timer log that is gone is made again from the queue', async () => {
  const files = new MemoryFileSystem()
  const { timers } = await openTimers(files)
  addAll(timers, 0, 30, () => 1_000)
  await timers.checkpoint(progress({ queueOffset: 30 }), durable)
  await timers.close()
  for (const { name } of await files.list(`${directory}/timerlog`)) await files.remove(`${directory}/timerlog/${name}`)
  const again = await openTimers(files)
  assert.equal(again.progress, undefined)
  assert.deepEqual(await waitingAt(again.timers, 1_000), [])
  await again.timers.close()
})
