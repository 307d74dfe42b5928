import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, it, type TestContext } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { decodeRecord } from '@cometmq/protocol/message'
import { unpackFixture } from '../../../conformance/disk/unpack.ts'
import { MessageStore, type StoreOptions } from '../src/index.ts'

const asRecorded = {
  enableLmq: true,
  enableMultiDispatch: true,
  mappedFileSizeCommitLog: 65_536,
  mappedFileSizeConsumeQueue: 2_000,
  mappedFileSizeConsumeQueueExt: 500,
  mapperFileSizeBatchConsumeQueue: 460,
}

async function unpacked(t: TestContext): Promise<string> {
  const root = await unpackFixture('5.5.0-extras')
  t.after(() => rm(dirname(root), { recursive: true }))
  return root
}

function open(root: string, changes: Partial<StoreOptions> = {}): Promise<MessageStore> {
  const options = { storePathRootDir: root, storeHost: { host: '127.0.0.1', port: 41911 }, ...asRecorded, ...changes }
  return MessageStore.open(options, {
    files: nodeFileSystem,
    clock: nodeClock,
    logger: silentLogger,
    pid: process.pid,
    isBatchTopic: (topic) => topic === 'B1',
  })
}

async function bodies(store: MessageStore, topic: string, matchesTag?: (code: number) => boolean): Promise<string[]> {
  const found: string[] = []
  for (let offset = 0; ; ) {
    const request = { topic, queueId: 0, offset, maxMessages: 32, ...(matchesTag && { matchesTag }) }
    const { records, nextBeginOffset } = await store.get(request)
    found.push(...records.map((record) => decodeRecord(record, 0).body.toString()))
    if (nextBeginOffset === offset) return found
    offset = nextBeginOffset
  }
}

const messagesIn = (body: Buffer) => {
  const texts: string[] = []
  for (let at = 0; at < body.length; at += body.readInt32BE(at)) {
    texts.push(body.toString('utf8', at + 20, at + 20 + body.readInt32BE(at + 16)))
  }
  return texts
}

const range = (count: number, is: (n: number) => boolean, what: string) =>
  Array.from({ length: count }, (_, n) => n).flatMap((n) => (is(n) ? [`${what} ${n}`] : []))
const inA = range(24, (n) => n % 4 < 2, 'lmq')
const inB = range(24, (n) => n % 4 === 0, 'lmq')
const inC = range(24, (n) => n % 4 === 3, 'lmq')

describe('light queues of Apache RocketMQ 5.5.0', () => {
  const lights = ['%LMQ%a', '%LMQ%b', '%LMQ%c']

  it('are read, and made again from the log as they were', async (t) => {
    const root = await unpacked(t)
    const unitsOf = () =>
      Promise.all(lights.map((name) => readFile(`${root}/consumequeue/${name}/0/00000000000000000000`)))
    const before = await unitsOf()
    for (const isRemoved of [false, true]) {
      if (isRemoved) await rm(`${root}/consumequeue`, { recursive: true })
      const store = await open(root)
      assert.deepEqual(await Promise.all(lights.map((name) => bodies(store, name))), [inA, inB, inC])
      await store.close()
      assert.deepEqual(await unitsOf(), before)
    }
  })
})

describe('extended consume queues of Apache RocketMQ 5.5.0', () => {
  const extended = { enableConsumeQueueExt: true }
  const isA = (code: number) => code === 65
  const files = ['L1', 'E1', 'S1'].flatMap((topic) =>
    ['consumequeue', 'consumequeue_ext'].map((kind) => `${kind}/${topic}/0`),
  )
  const contentOf = async (root: string) => {
    const parts: [string, Buffer][] = []
    for (const folder of files) {
      for (const { name } of await nodeFileSystem.list(`${root}/${folder}`))
        parts.push([`${folder}/${name}`, await readFile(`${root}/${folder}/${name}`)])
    }
    return new Map(parts.sort(([a], [b]) => (a < b ? -1 : 1)))
  }
  const tagged = range(60, (n) => n % 3 === 0, 'ext')

  it('are read through the addresses in the units, also when they are switched off', async (t) => {
    const root = await unpacked(t)
    for (const isOn of [true, false]) {
      const store = await open(root, { ...extended, enableConsumeQueueExt: isOn })
      assert.deepEqual(await bodies(store, 'E1', isA), tagged)
      assert.deepEqual(
        await bodies(store, 'L1', isA),
        range(24, (n) => n % 3 === 0, 'lmq'),
      )
      await store.close()
    }
  })

  it('are made again from the log as they were, byte for byte', async (t) => {
    const root = await unpacked(t)
    const before = await contentOf(root)
    for (const removed of ['consumequeue', 'consumequeue_ext', 'consumequeue_ext/E1/0/00000000000000000500']) {
      await rm(`${root}/${removed}`, { recursive: true })
      const store = await open(root, extended)
      assert.deepEqual(await bodies(store, 'E1', isA), tagged, removed)
      await store.close()
      assert.deepEqual(await contentOf(root), before, removed)
    }
  })

  it('are refused with the value to set when their files have another length', async (t) => {
    const root = await unpacked(t)
    await assert.rejects(open(root, { mappedFileSizeConsumeQueueExt: 1000 }), {
      code: 'STORE_OPEN_FAILED',
      message: /set mappedFileSizeConsumeQueueExt=500/,
    })
  })
})

describe('a batch consume queue of Apache RocketMQ 5.5.0', () => {
  const batches = Array.from({ length: 14 }, (_, n) => n + 1).flatMap((n) => {
    const texts = Array.from({ length: 1 + (n % 4) }, (_, i) => `batch ${n} ${i}`)
    return n === 7 ? [texts, ['single']] : [texts]
  })

  it('is read from any message on, and made again from the log as it was', async (t) => {
    const root = await unpacked(t)
    const folder = `${root}/batchconsumequeue/B1/0`
    const contentOf = () =>
      Promise.all([0, 460].map((start) => readFile(`${folder}/${String(start).padStart(20, '0')}`)))
    const before = await contentOf()
    for (const removed of [undefined, folder]) {
      if (removed !== undefined) await rm(removed, { recursive: true })
      const store = await open(root)
      assert.deepEqual([store.minOffset('B1', 0), store.maxOffset('B1', 0)], [0, 36])
      const found: string[][] = []
      for (let offset = 0; offset < 36; ) {
        const { records, nextBeginOffset } = await store.get({ topic: 'B1', queueId: 0, offset, maxMessages: 8 })
        for (const record of records) {
          const { body, sysFlag } = decodeRecord(record, 0)
          found.push((sysFlag & 128) === 0 ? [body.toString()] : messagesIn(body))
        }
        offset = nextBeginOffset
      }
      assert.deepEqual(found, batches)
      const { records, nextBeginOffset } = await store.get({ topic: 'B1', queueId: 0, offset: 7, maxMessages: 1 })
      assert.deepEqual(messagesIn(decodeRecord(records[0]!, 0).body), batches[2], 'the record that holds the message')
      assert.equal(nextBeginOffset, 9)
      await store.close()
      assert.deepEqual(await contentOf(), before)
    }
  })
})
