import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import { type FileSystem, formatAddress } from '@cometmq/platform'
import { consumerOffsetsFile, subscriptionGroupsFile, topicsFile } from '@cometmq/protocol/bodies'
import { propertyOf, type StoredMessage, systemTopics } from '@cometmq/protocol/message'
import { expectedPath, unpackFixture } from '../../../conformance/disk/unpack.ts'
import { configDirectory, Rig } from './rig.ts'
import type { TestClient } from './test-client.ts'
import { checkTimesOf, TestProducer } from './transactions/test-producer.ts'

/** What lies in a store that an Apache broker wrote, as its own decoder reads it. */
interface Expected {
  queues: { topic: string; queueId: number; minOffset: number; maxOffset: number }[]
  messages: {
    topic: string
    queueId: number
    queueOffset: number
    physicalOffset: number
    tagsCode: string | null
    bodyLength: number
    flag: number
    sysFlag: number
    reconsumeTimes: number
    bornTimestamp: number
    storeTimestamp: number
    preparedTransactionOffset: number
    bornHost: string
    storeHost: string
    properties: string
  }[]
}

const storeHost = { host: '127.0.0.1', port: 51_911 }
const sizes = { storeHost, mappedFileSizeCommitLog: 65_536, mappedFileSizeConsumeQueue: 2_000 }

const comparedFields = [
  'topic',
  'queueId',
  'queueOffset',
  'physicalOffset',
  'flag',
  'sysFlag',
  'reconsumeTimes',
  'preparedTransactionOffset',
  'bornTimestamp',
  'storeTimestamp',
  'properties',
] as const

/** A broker on a copy of the store, at the time at which Apache's stopped. */
async function brokerOn(name: string) {
  const expected = JSON.parse(await readFile(expectedPath(name), 'utf8')) as Expected
  const epochMs = Math.max(...expected.messages.map(({ storeTimestamp }) => storeTimestamp)) + 1
  const rig = new Rig({ epochMs, latencyMs: { min: 0, max: 0 } })
  const store = await unpackFixture(name)
  await copy(store, '/data/store', rig.files)
  await rm(dirname(store), { recursive: true })
  // A broker that was killed early may not have written each of them.
  const apacheFile = async (file: string, codec: { decode(content: Buffer): unknown }) => {
    const text = (await rig.files.stat(`${configDirectory}/${file}`))
      ? await rig.files.readFile(`${configDirectory}/${file}`)
      : Buffer.from('{}')
    assert.ok(codec.decode(text))
    return text
  }
  const apache = {
    topics: await apacheFile('topics.json', topicsFile),
    groups: await apacheFile('subscriptionGroup.json', subscriptionGroupsFile),
    offsets: await apacheFile('consumerOffset.json', consumerOffsetsFile),
  }
  const broker = await rig.broker({}, sizes)
  return { rig, broker, expected, apache, client: rig.client() }
}

async function copy(from: string, to: string, files: FileSystem): Promise<void> {
  await files.makeDirectory(to)
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), `${to}/${entry.name}`]
    if (entry.isDirectory()) {
      await copy(source, target, files)
      continue
    }
    const file = await files.open(target, { create: true })
    await file.write(await readFile(source), 0)
    await file.close()
  }
}

async function pullAll(client: TestClient, topic: string, queueId: number) {
  const messages = []
  for (let offset = 0; ; ) {
    const pulled = await client.pull(topic, offset, { queueId, group: 'READER' })
    if (pulled.code !== 0) return messages
    messages.push(...pulled.messages)
    offset = pulled.fields.nextBeginOffset
  }
}

/** Java writes IPv6 addresses in full. */
const shortHost = (text: string) => text.replace('0:0:0:0:0:0:0:1', '::1')

for (const name of ['5.5.0-clean', '5.5.0-killed', '5.5.0-ipv6', '4.9.7-clean', '4.9.7-killed', '4.9.7-ipv6']) {
  test(`every message of an Apache store is pulled as Apache wrote it (${name})`, async () => {
    const { rig, expected, client } = await brokerOn(name)
    await using _ = rig
    const inQueues = expected.messages.filter(({ tagsCode }) => tagsCode !== null)
    const places = new Map(inQueues.map(({ topic, queueId }) => [`${topic} ${queueId}`, { topic, queueId }]))
    let pulled = 0
    for (const { topic, queueId } of places.values()) {
      const wanted = inQueues.filter((each) => each.topic === topic && each.queueId === queueId)
      const messages = await pullAll(client, topic, queueId)
      for (const [i, want] of wanted.entries()) {
        const got = messages[i]!
        for (const field of comparedFields) assert.equal(got[field], want[field], `${topic} ${queueId} ${i} ${field}`)
        assert.equal(got.body.length, want.bodyLength)
        assert.equal(formatAddress(got.bornHost), shortHost(want.bornHost))
        assert.equal(formatAddress(got.storeHost), shortHost(want.storeHost))
        pulled++
      }
      // What delays brought to an end since then may follow.
      if (topic !== systemTopics.SCHEDULE) assert.ok(messages.length >= wanted.length)
    }
    assert.equal(pulled, inQueues.length)
    assert.ok(pulled > 50)
  })

  test(`topics, groups and offsets of an Apache broker are taken over and kept in its form (${name})`, async () => {
    const { rig, broker, apache, client } = await brokerOn(name)
    await using _ = rig
    const topics = topicsFile.decode(apache.topics)
    for (const topic of Object.values(topics.topicConfigTable))
      assert.deepEqual({ ...broker.topics.get(topic.topicName) }, { ...topic })
    const offsets = consumerOffsetsFile.decode(apache.offsets).offsetTable
    for (const [key, queues] of offsets) {
      const [topic, group] = key.split('@') as [string, string]
      for (const [queueId, offset] of queues) assert.equal(await client.committed(group, topic, queueId), offset)
    }
    await client.send('NEW', 'x')
    await client.join('NEW_GROUP', ['NEW'])
    await client.commit('NEW_GROUP', 'NEW', 1)
    await rig.stop(broker)
    const kept = async (file: string) => (await rig.files.readFile(`${configDirectory}/${file}`)).toString()
    const ours = {
      topics: topicsFile.decode(Buffer.from(await kept('topics.json'))),
      groups: subscriptionGroupsFile.decode(Buffer.from(await kept('subscriptionGroup.json'))),
      offsets: consumerOffsetsFile.decode(Buffer.from(await kept('consumerOffset.json'))),
    }
    for (const topic of Object.keys(topics.topicConfigTable)) assert.ok(topic in ours.topics.topicConfigTable, topic)
    assert.ok('NEW' in ours.topics.topicConfigTable)
    assert.ok(ours.topics.dataVersion!.counter > topics.dataVersion!.counter)
    for (const group of Object.keys(subscriptionGroupsFile.decode(apache.groups).subscriptionGroupTable))
      assert.ok(group in ours.groups.subscriptionGroupTable, group)
    assert.equal(ours.offsets.offsetTable.get('NEW@NEW_GROUP')?.get(0), 1)
    for (const key of offsets.keys()) assert.ok(ours.offsets.offsetTable.has(key), key)
    if (name.startsWith('4.9')) return
    // The form: the same members, indented by tabs, with numbers as names where Apache has them so.
    assert.deepEqual(formOf(await kept('topics.json'), 'NEW'), formOf(apache.topics.toString(), 'T1'))
    assert.deepEqual(formOf(await kept('subscriptionGroup.json'), 'NEW_GROUP'), formOf(apache.groups.toString(), 'G1'))
    assert.match(await kept('consumerOffset.json'), /\n\t\t"NEW@NEW_GROUP":\{\n\t\t\t0:1\n\t\t\}/)
  })
}

test('delayed messages of an Apache store are delivered when their time has come', async () => {
  const { rig, expected, client } = await brokerOn('5.5.0-clean')
  await using _ = rig
  const waiting = expected.messages.find(({ topic, queueId }) => topic === systemTopics.SCHEDULE && queueId === 17)!
  const before = (await pullAll(client, 'T1', 2)).length
  await rig.clock.advance(7_000_000)
  assert.equal((await pullAll(client, 'T1', 2)).length, before)
  await rig.clock.advance(400_000)
  const messages = await pullAll(client, 'T1', 2)
  assert.equal(messages.length, before + 1)
  assert.equal(messages.at(-1)!.bornTimestamp, waiting.bornTimestamp)
  assert.ok(messages.at(-1)!.storeTimestamp >= Number(waiting.tagsCode))
})

/** Tags of the transactions that are open in the stores; the one that was killed early has no mark of the decided ones. */
const openIn: Record<string, string[]> = {
  '5.5.0-clean': ['open 2'],
  '5.5.0-ipv6': ['open 2'],
  '5.5.0-killed': ['commit 1', 'rollback 1', 'open 1'],
  '4.9.7-clean': ['open 1'],
  '4.9.7-killed': ['open 1'],
  '4.9.7-ipv6': ['open 1'],
}
for (const [name, open] of Object.entries(openIn)) {
  test(`open transactions of an Apache store are checked, and decided ones are not (${name})`, async () => {
    const { rig, client } = await brokerOn(name)
    await using _ = rig
    const producer = new TestProducer(rig, { group: 'TG' })
    producer.answer = () => 'commit'
    await producer.join()
    await rig.clock.advance(31_000)
    const tagOf = (message: StoredMessage) => propertyOf(message.properties, 'TAGS')
    assert.deepEqual(
      producer.asked.map(({ message }) => `${tagOf(message)} ${checkTimesOf(message)}`),
      open,
    )
    const { topic, queueId } = producer.asked.at(-1)!.message
    assert.equal(topic, 'T1')
    assert.ok((await pullAll(client, topic, queueId)).some((message) => tagOf(message) === 'open'))
    await producer.join()
    await rig.clock.advance(60_000)
    assert.equal(producer.asked.length, open.length)
  })
}

/** The lines of one entry of a file, without values. */
function formOf(text: string, entry: string): string[] {
  const lines = text.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`\t\t"${entry}":{`))
  assert.ok(start > 0, `${entry} is there`)
  const end = lines.findIndex((line, i) => i > start && /^\t\t\},?$/.test(line))
  return lines.slice(start + 1, end).map((line) => line.replace(/:.*$/, ''))
}
