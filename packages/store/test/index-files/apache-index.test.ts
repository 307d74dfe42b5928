import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { decodeRecord, propertyOf } from '@cometmq/protocol/message'
import { expectedPath, unpackFixture } from '../../../../conformance/disk/unpack.ts'
import { MessageStore } from '../../src/index.ts'
import { messageWith } from '../rig.ts'

const sizes = {
  ...{ mappedFileSizeCommitLog: 65_536, mappedFileSizeConsumeQueue: 2_000 },
  ...{ maxHashSlotNum: 100, maxIndexNum: 400 },
}
const always = { maxMessages: 64, begin: 0, end: Number.MAX_SAFE_INTEGER }

function open(root: string, changes = {}): Promise<MessageStore> {
  const options = { storePathRootDir: root, storeHost: { host: '127.0.0.1', port: 51911 }, ...sizes, ...changes }
  return MessageStore.open(options, { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid })
}

async function indexFiles(root: string): Promise<Map<string, Buffer>> {
  const names = (await readdir(`${root}/index`)).sort()
  return new Map(await Promise.all(names.map(async (name) => [name, await readFile(`${root}/index/${name}`)] as const)))
}

interface ExpectedMessage {
  topic: string
  physicalOffset: number
  sysFlag: number
  properties: string
}

async function expectedOf(name: string): Promise<ExpectedMessage[]> {
  return JSON.parse(await readFile(expectedPath(name), 'utf8')).messages
}

const isRolledBack = ({ sysFlag }: ExpectedMessage) => (sysFlag & 0xc) === 0xc

/** Every message by its unique key and by each of its keys. */
async function checkKeys(store: MessageStore, messages: readonly ExpectedMessage[]): Promise<void> {
  let keys = 0
  for (const message of messages) {
    const { topic, physicalOffset, properties } = message
    const pieces = (propertyOf(properties, 'KEYS') ?? '').split(' ')
    for (const key of [propertyOf(properties, 'UNIQ_KEY') ?? '', ...pieces].filter((each) => each !== '')) {
      const { records } = await store.query({ topic, key, kind: 'key', ...always })
      const found = records.map((record) => decodeRecord(record, 0).physicalOffset)
      assert.equal(found.includes(physicalOffset), !isRolledBack(message), `${topic} ${key} at ${physicalOffset}`)
      keys++
    }
  }
  assert.ok(keys > 100, 'the fixture has messages with keys')
}

describe('a key index beside that of Apache RocketMQ', () => {
  for (const name of ['5.5.0-clean', '5.5.0-killed']) {
    it(`is the same, byte for byte, when made from the log of ${name}`, async (t) => {
      const root = await unpackFixture(name)
      t.after(() => rm(dirname(root), { recursive: true }))
      const theirs = [...(await indexFiles(root)).values()]
      await rm(`${root}/index`, { recursive: true })
      await (await open(root)).close()
      const ours = [...(await indexFiles(root)).values()]
      assert.equal(ours.length, theirs.length)
      for (const [index, bytes] of ours.entries()) assert.ok(bytes.equals(theirs[index]!), `file ${index}`)
    })
  }

  for (const name of ['5.5.0-clean', '5.5.0-killed', '4.9.7-clean', '4.9.7-killed']) {
    it(`of ${name} is searched and gone on with`, async (t) => {
      const root = await unpackFixture(name)
      t.after(() => rm(dirname(root), { recursive: true }))
      const before = await indexFiles(root)
      const messages = await expectedOf(name)
      let store = await open(root)
      await checkKeys(store, messages)
      for (let n = 0; n < 300; n++) {
        await store.put(messageWith({ topic: 'T1', properties: `KEYS\u0001added-${n}\u0002` }))
      }
      await store.close()
      store = await open(root)
      await checkKeys(store, messages)
      for (let n = 0; n < 300; n += 7) {
        const { records } = await store.query({ topic: 'T1', key: `added-${n}`, kind: 'key', ...always })
        assert.equal(records.length, 1)
      }
      await store.close()
      const after = await indexFiles(root)
      // Full files stay as they are; after a crash the last one is made again.
      if (name.endsWith('clean')) for (const file of before.keys()) assert.ok(after.has(file), file)
    })
  }

  it('is made again when its files have another length than the options say', async (t) => {
    const root = await unpackFixture('5.5.0-clean')
    t.after(() => rm(dirname(root), { recursive: true }))
    const store = await open(root, { maxHashSlotNum: 50 })
    await checkKeys(store, await expectedOf('5.5.0-clean'))
    await store.close()
    for (const bytes of (await indexFiles(root)).values()) assert.equal(bytes.length, 40 + 4 * 50 + 20 * 400)
  })
})
