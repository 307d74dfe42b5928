import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type FileSystem, replaceFile } from '@cometmq/platform'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { dyingFiles } from '../dying-files.ts'
import { messageWith, Rig, root } from '../rig.ts'

const texts = (count: number, what = 'old') => Array.from({ length: count }, (_, index) => `${what} ${index}`)

async function send(rig: Rig, bodies: string[], topic = 'T', queueId = 0): Promise<number[]> {
  const receipts = await rig.clock.until(
    Promise.all(bodies.map((text) => rig.store.put(messageWith({ topic, queueId, body: Buffer.from(text) })))),
  )
  return receipts.map(({ queueOffset }) => queueOffset)
}

async function markCrashed(files: FileSystem): Promise<void> {
  await (await files.open(`${root}/abort`, { create: true })).close()
}

describe('deleting a topic', () => {
  it('forgets its queues at once, removes their files, and leaves other topics and the records alone', async () => {
    const rig = await Rig.open()
    await send(rig, texts(40))
    await send(rig, texts(40), 'T', 3)
    await send(rig, texts(40), 'U')
    await rig.clock.advance(1000)
    const deleted = rig.store.deleteTopic('T')
    assert.deepEqual([rig.store.maxOffset('T', 0), rig.store.maxOffset('T', 3)], [0, 0])
    assert.equal(
      (await rig.store.get({ topic: 'T', queueId: 0, offset: 0, maxMessages: 1 })).status,
      'NO_MESSAGE_IN_QUEUE',
    )
    await rig.clock.until(deleted)
    assert.deepEqual(
      (await rig.files.list(`${root}/consumequeue`)).map(({ name }) => name),
      ['U'],
    )
    assert.deepEqual(await rig.bodies('U'), texts(40))
    assert.ok(await rig.store.recordAt(0))
    assert.deepEqual(
      [...rig.store.queues()].map(({ topic }) => topic),
      ['U'],
    )
    await rig.store.close()
  })

  it('begins again at offset 0, with messages on their way when it was deleted', async () => {
    const rig = await Rig.open()
    await send(rig, texts(25))
    await rig.clock.advance(1000)
    const onTheWay = rig.store.put(messageWith({ body: Buffer.from('on its way') }))
    const deleted = rig.store.deleteTopic('T')
    assert.deepEqual(
      await send(rig, texts(12, 'new')),
      texts(12).map((_, index) => index),
    )
    assert.equal((await onTheWay).status, 'PUT_OK')
    await rig.clock.until(deleted)
    assert.deepEqual(await rig.bodies(), texts(12, 'new'))
    await rig.clock.advance(100_000)
    await rig.reopen()
    assert.deepEqual(await rig.bodies(), texts(12, 'new'))
    await rig.store.close()
  })

  it('goes on after a crash that has taken any of its files', async () => {
    const extras = { enableConsumeQueueExt: true, mappedFileSizeConsumeQueueExt: 100 }
    const rig = await Rig.open({ ...extras, mapperFileSizeBatchConsumeQueue: 92 })
    await send(rig, texts(60))
    await send(rig, texts(10), 'B')
    await send(rig, texts(10), 'U')
    await rig.store.close()
    const kept = new Map<string, Buffer>()
    const folders = ['consumequeue/T/0', 'consumequeue_ext/T/0', 'batchconsumequeue/B/0'].map(
      (name) => `${root}/${name}`,
    )
    for (const folder of folders) {
      const [first, , third] = (await rig.files.list(folder)).map(({ name }) => `${folder}/${name}`).sort()
      for (const path of [first!, third!]) kept.set(path, await rig.files.readFile(path))
    }
    for (const isNoted of [true, false]) {
      await rig.open()
      for (const topic of ['T', 'B']) await rig.clock.until(rig.store.deleteTopic(topic))
      await rig.store.close()
      for (const folder of folders) await rig.files.makeDirectory(folder)
      for (const [path, bytes] of kept) await replaceFile(rig.files, path, bytes)
      if (!isNoted) await rig.files.remove(`${root}/deletedTopics`)
      await markCrashed(rig.files)
      await rig.open()
      assert.deepEqual(await rig.bodies(), isNoted ? [] : texts(60))
      assert.deepEqual(await rig.bodies('B'), isNoted ? [] : texts(10))
      assert.deepEqual(await rig.bodies('U'), texts(10))
      await rig.store.close()
    }
  })

  it('asked for twice holds when either call has answered', async () => {
    const disk = new CrashFileSystem()
    const rig = await Rig.open({}, disk)
    await send(rig, texts(25))
    await rig.clock.advance(1000)
    const first = rig.store.deleteTopic('T').catch(() => undefined)
    await rig.clock.until(rig.store.deleteTopic('T'))
    const next = new Rig(rig.options, disk.crash(new SeededRandom(1)))
    await next.open()
    assert.equal(next.store.maxOffset('T', 0), 0)
    await next.store.close()
    await first
  })

  it('holds when the queues are made again from the log, until a message is sent', async () => {
    const rig = await Rig.open()
    await send(rig, texts(25))
    await rig.clock.until(rig.store.deleteTopic('T'))
    await send(rig, texts(5), 'U')
    await rig.store.close()
    await rig.files.remove(`${root}/consumequeue/U/0/00000000000000000000`)
    await markCrashed(rig.files)
    await rig.files.remove(`${root}/checkpoint`)
    await rig.open()
    assert.equal(rig.store.maxOffset('T', 0), 0)
    assert.deepEqual(await rig.bodies('U'), texts(5))
    assert.deepEqual(await send(rig, ['new']), [0])
    await rig.kill()
    assert.deepEqual(await rig.bodies(), ['new'])
    await rig.store.close()
  })

  it('is forgotten when the log does not go back so far any more', async () => {
    const rig = await Rig.open()
    await send(rig, texts(10))
    await rig.clock.until(rig.store.deleteTopic('T'))
    await send(rig, texts(80), 'U')
    await rig.store.close()
    assert.match((await rig.files.readFile(`${root}/deletedTopics`)).toString(), /"T"/)
    await rig.files.remove(`${root}/commitlog/00000000000000000000`)
    await rig.open()
    assert.equal((await rig.files.readFile(`${root}/deletedTopics`)).toString(), '{}')
    await rig.store.close()
  })

  it('does not hide what an Apache broker stores where it has cut the log', async () => {
    const rig = await Rig.open({ mappedFileSizeCommitLog: 65_536 })
    await send(rig, texts(10))
    await rig.clock.until(rig.store.deleteTopic('T'))
    const { appendedOffset } = rig.store.state
    await rig.store.close()
    // A later deletion time than that of the messages: as if they had been stored by somebody else since.
    const note = { T: { before: appendedOffset, at: 0 } }
    const file = await rig.files.open(`${root}/deletedTopics`)
    await file.truncate(0)
    await file.write(Buffer.from(JSON.stringify(note)), 0)
    await file.close()
    await markCrashed(rig.files)
    await rig.open()
    assert.deepEqual(await rig.bodies(), texts(10))
    await rig.store.close()
  })

  it('refuses a list that cannot be read, rather than bring deleted messages back', async () => {
    const rig = await Rig.open()
    await rig.store.close()
    const file = await rig.files.open(`${root}/deletedTopics`, { create: true })
    await file.write(Buffer.from('{"T":{"before":'), 0)
    await file.close()
    await assert.rejects(rig.open(), { code: 'STORE_CORRUPT', message: /deletedTopics/ })
  })

  it('that cannot be noted fails, and the store says why', async () => {
    const clock = new Rig().clock
    const files = new FaultyFileSystem(new MemoryFileSystem({ clock }))
    files.arm({ operation: 'rename', path: /deletedTopics/, systemCode: 'EIO' })
    const rig = new Rig({}, files)
    await rig.open()
    await send(rig, texts(3))
    await assert.rejects(rig.clock.until(rig.store.deleteTopic('T')), { code: 'STORE_WRITE_FAILED' })
    assert.match(rig.store.refusal!.message, /noting that topic T was deleted/)
    await rig.store.close()
  })
})

describe('a deletion that ends with the process', () => {
  it('has happened or not, never in part, whatever operation was the last', async () => {
    let outcomes = ''
    for (let operations = 1; operations < 80; operations++) {
      for (const isPowerCut of [false, true]) outcomes += await deleteAndDie(operations, isPowerCut)
    }
    assert.match(outcomes, /whole/)
    assert.match(outcomes, /gone/)
  })
})

async function deleteAndDie(operations: number, isPowerCut: boolean): Promise<string> {
  const where = `${operations} ${isPowerCut ? 'power cut' : 'kill'}`
  const random = new SeededRandom(operations)
  const disk = new CrashFileSystem()
  const { files, dieAfter } = dyingFiles(disk)
  const rig = new Rig({ flushDiskType: 'SYNC_FLUSH' }, files)
  await rig.clock.until(rig.open())
  await send(rig, texts(35))
  await send(rig, texts(5), 'U')
  await rig.clock.advance(2_000)
  dieAfter(operations)
  let wasAnswered = false
  const news: string[] = []
  void rig.store.deleteTopic('T').then(
    () => (wasAnswered = true),
    () => undefined,
  )
  for (const text of texts(3, 'new')) {
    void rig.store.put(messageWith({ body: Buffer.from(text) })).then(
      () => news.push(text),
      () => undefined,
    )
  }
  await rig.clock.advance(5_000)
  rig.files = isPowerCut ? disk.crash(random) : disk.kill()
  await rig.clock.settle()
  await rig.clock.until(rig.open())
  const found = await rig.clock.until(rig.bodies())
  assert.deepEqual(await rig.clock.until(rig.bodies('U')), texts(5), where)
  const isOld = found[0]?.startsWith('old') === true
  if (isOld) {
    assert.ok(!wasAnswered && news.length === 0, `${where}: a deleted topic is back`)
    assert.deepEqual(found, texts(35), where)
  } else {
    assert.deepEqual(found.slice(0, news.length), news, where)
    assert.deepEqual(found, texts(found.length, 'new'), where)
  }
  await rig.clock.until(rig.store.close())
  return isOld ? 'whole ' : 'gone '
}
