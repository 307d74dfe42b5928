import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { decodeRecord, type StoredMessage } from '@cometmq/protocol/message'
import { expectedPath, unpackFixture } from '../../../conformance/disk/unpack.ts'
import { isUnit, unitBytes, unitPhysicalOffset, unitTagsCode } from '../src/format/index.ts'
import { MessageStore, type StoreError } from '../src/index.ts'
import { messageWith } from './rig.ts'

interface ExpectedMessage {
  topic: string
  queueId: number
  queueOffset: number
  physicalOffset: number
  size: number
  tagsCode: string | null
  bodyCrc: number
  bodyLength: number
  flag: number
  sysFlag: number
  reconsumeTimes: number
  preparedTransactionOffset: number
  bornTimestamp: number
  bornHost: string
  storeTimestamp: number
  storeHost: string
  properties: string
}

interface Expected {
  commitLogEnd: number
  queues: { topic: string; queueId: number; minOffset: number; maxOffset: number }[]
  messages: ExpectedMessage[]
}

const sizes = { mappedFileSizeCommitLog: 65_536, mappedFileSizeConsumeQueue: 2_000 }
const queueSize = sizes.mappedFileSizeConsumeQueue

function open(root: string, changes = {}): Promise<MessageStore> {
  const options = { storePathRootDir: root, storeHost: { host: '127.0.0.1', port: 51911 }, ...sizes, ...changes }
  return MessageStore.open(options, { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid })
}

async function readQueue(store: MessageStore, topic: string, queueId: number): Promise<StoredMessage[]> {
  const messages: StoredMessage[] = []
  let offset = store.minOffset(topic, queueId)
  for (;;) {
    const result = await store.get({ topic, queueId, offset, maxMessages: 32 })
    for (const record of result.records) messages.push(decodeRecord(record, 0))
    if (result.nextBeginOffset === offset) return messages
    offset = result.nextBeginOffset
  }
}

const hostOf = ({ host, port }: { host: string; port: number }) => `${host}:${port}`

/** Java writes IPv6 addresses in full. */
const shortHost = (text: string) => text.replace('0:0:0:0:0:0:0:1:', '::1:')

function summary(message: StoredMessage) {
  const { topic, queueId, queueOffset, physicalOffset, size, bodyCrc, body, flag, sysFlag, reconsumeTimes } = message
  const { preparedTransactionOffset, bornTimestamp, bornHost, storeTimestamp, storeHost, properties } = message
  const texts = { bornHost: hostOf(bornHost), storeHost: hostOf(storeHost), properties }
  const times = { bornTimestamp, storeTimestamp, reconsumeTimes, preparedTransactionOffset }
  return {
    topic,
    queueId,
    queueOffset,
    physicalOffset,
    size,
    bodyCrc,
    bodyLength: body.length,
    flag,
    sysFlag,
    ...texts,
    ...times,
  }
}

function summaryExpected({ tagsCode: _, ...message }: ExpectedMessage) {
  const hosts = { bornHost: shortHost(message.bornHost), storeHost: shortHost(message.storeHost) }
  return { ...pick(message, Object.keys(summary(anyMessage))), ...hosts }
}

const pick = (from: object, keys: string[]) =>
  Object.fromEntries(Object.entries(from).filter(([key]) => keys.includes(key)))

const storeHost = { host: '127.0.0.1', port: 1 }
const anyMessage: StoredMessage = {
  ...messageWith(),
  ...{ queueOffset: 0, physicalOffset: 0, storeTimestamp: 0, storeHost, size: 0, bodyCrc: 0 },
}

/** Every message by its log position, every message of a queue through the queue. */
async function checkAll(store: MessageStore, expected: Expected): Promise<void> {
  for (const message of expected.messages) {
    const record = await store.recordAt(message.physicalOffset)
    assert.ok(record, `a record at ${message.physicalOffset}`)
    assert.deepEqual(summary(decodeRecord(record, 0)), summaryExpected(message))
  }
  const queued = expected.messages.filter(({ tagsCode }) => tagsCode !== null)
  for (const { topic, queueId, minOffset } of expected.queues) {
    const inQueue = queued.filter((message) => message.topic === topic && message.queueId === queueId)
    const found = (await readQueue(store, topic, queueId)).slice(0, inQueue.length)
    assert.equal(store.minOffset(topic, queueId), minOffset)
    assert.deepEqual(found.map(summary), inQueue.map(summaryExpected))
  }
}

/** The tags codes in the queue files by record position. */
async function tagsCodesOnDisk(root: string, { queues }: Expected): Promise<Map<number, number>> {
  const codes = new Map<number, number>()
  for (const { topic, queueId } of queues) {
    const folder = `${root}/consumequeue/${topic}/${queueId}`
    for (const { name } of await nodeFileSystem.list(folder)) {
      const bytes = await readFile(`${folder}/${name}`)
      assert.equal(bytes.length, queueSize)
      for (let at = 0; at < bytes.length && isUnit(bytes, at); at += unitBytes) {
        codes.set(unitPhysicalOffset(bytes, at), unitTagsCode(bytes, at))
      }
    }
  }
  return codes
}

for (const name of ['5.5.0-clean', '5.5.0-killed', '5.5.0-ipv6', '4.9.7-clean', '4.9.7-killed', '4.9.7-ipv6']) {
  describe(`a store of Apache RocketMQ, ${name}`, () => {
    it('opens with every message in its place, takes more, and keeps all of them', async (t) => {
      const root = await unpackFixture(name)
      t.after(() => rm(dirname(root), { recursive: true }))
      const expected: Expected = JSON.parse(await readFile(expectedPath(name), 'utf8'))
      let store = await open(root)
      assert.equal(store.state.appendedOffset, expected.commitLogEnd)
      for (const { topic, queueId, maxOffset } of expected.queues) {
        // After SIGKILL the queues can be behind the log; recovery brings them up to it.
        assert.ok(store.maxOffset(topic, queueId) >= maxOffset, `${topic} ${queueId}`)
      }
      await checkAll(store, expected)
      const before = store.maxOffset('T1', 0)
      for (let index = 0; index < 300; index++) {
        await store.put(messageWith({ topic: 'T1', properties: 'TAGS\u0001B\u0002', body: Buffer.alloc(500, index) }))
      }
      await store.close()
      store = await open(root)
      await checkAll(store, expected)
      assert.equal(store.maxOffset('T1', 0), before + 300)
      const added = (await readQueue(store, 'T1', 0)).slice(-300)
      assert.deepEqual(
        added.map(({ body }) => body[0]),
        Array.from({ length: 300 }, (_, index) => index & 0xff),
      )
      await store.close()
      const codes = await tagsCodesOnDisk(root, expected)
      for (const { physicalOffset, tagsCode } of expected.messages) {
        assert.equal(codes.get(physicalOffset)?.toString() ?? null, tagsCode)
      }
    })

    it('has its queues made again from the log, the same units', async (t) => {
      const root = await unpackFixture(name)
      t.after(() => rm(dirname(root), { recursive: true }))
      const expected: Expected = JSON.parse(await readFile(expectedPath(name), 'utf8'))
      await rm(`${root}/consumequeue`, { recursive: true })
      const store = await open(root)
      await checkAll(store, expected)
      await store.close()
      const codes = await tagsCodesOnDisk(root, expected)
      for (const { physicalOffset, tagsCode } of expected.messages) {
        assert.equal(codes.get(physicalOffset)?.toString() ?? null, tagsCode)
      }
    })
  })
}

describe('a store with files of another length', () => {
  it('is refused with the property and the value to set, and is not touched', async (t) => {
    const root = await unpackFixture('5.5.0-clean')
    t.after(() => rm(dirname(root), { recursive: true }))
    const says = (text: string) => (error: StoreError) =>
      error.code === 'STORE_OPEN_FAILED' && error.message.includes(text)
    await assert.rejects(
      open(root, { mappedFileSizeCommitLog: 1024 * 1024 }),
      says('set mappedFileSizeCommitLog=65536'),
    )
    await assert.rejects(
      open(root, { mappedFileSizeConsumeQueue: 6_000_000 }),
      says('set mappedFileSizeConsumeQueue=2000'),
    )
    assert.equal(await nodeFileSystem.stat(`${root}/abort`), undefined)
    await (await open(root)).close()
  })
})
