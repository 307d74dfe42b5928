import assert from 'node:assert/strict'
import { readdir, readFile, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { MemoryFileSystem, SimulatedClock } from '@cometmq/testkit/sim'
import { unpackFixture } from '../../../conformance/disk/unpack.ts'
import { SubscriptionGroups } from '../src/groups/subscription-groups.ts'
import { ConsumerOffsets } from '../src/offsets/consumer-offsets.ts'
import { TopicTable } from '../src/topics/topic-table.ts'
import { configDirectory, Rig } from './rig.ts'

type Json = { [name: string]: Json | string | number | boolean }

/** JSON as Apache writes it, with integer keys without quotes; read here by other means than the broker's. */
const parse = (text: string): Json => JSON.parse(text.replace(/([{,]\s*)(-?\d+)(\s*:)/g, '$1"$2"$3'))

/** The configuration of an Apache broker of which an administrator has used all that can be set. */
async function configurationOf(release: string): Promise<Map<string, Buffer>> {
  const store = await unpackFixture(`${release}-config`)
  const names = (await readdir(`${store}/config`, { withFileTypes: true })).filter((entry) => entry.isFile())
  const contents = names.map(async ({ name }) => [name, await readFile(`${store}/config/${name}`)] as const)
  const files = new Map(await Promise.all(contents))
  await rm(dirname(store), { recursive: true })
  return files
}

/** Puts members into a file that no release knows yet: at its top and in each entry of its table. */
function withUnknownMembers(content: Buffer, table?: string): Buffer {
  const json = parse(content.toString())
  json.ofTomorrow = { list: 'x', number: 7 }
  const entries = table === undefined ? [] : Object.values(json[table] as Json)
  for (const entry of entries) if (typeof entry === 'object') entry.ofTomorrow = true
  return Buffer.from(JSON.stringify(json))
}

async function worldWith(path: string, content: Buffer) {
  const clock = new SimulatedClock(1_800_000_000_000)
  const files = new MemoryFileSystem({ clock })
  await files.makeDirectory('/config')
  const file = await files.open(path, { create: true })
  await file.write(content, 0)
  await file.close()
  const kept = async () => parse((await files.readFile(path)).toString())
  return { world: { clock, files, logger: silentLogger }, kept }
}

/** Everything of `before` is in `after`; what `after` has besides is of the change, and the data version has gone up or stayed. */
function assertKept(before: Json, after: Json, place = ''): void {
  for (const [name, value] of Object.entries(before)) {
    const at = `${place}.${name}`
    const now = after[name]
    if (typeof value === 'object' && !Array.isArray(value)) {
      assert.ok(typeof now === 'object', `${at} is gone`)
      if (name === 'dataVersion') assert.ok(Number(now.counter) >= Number(value.counter), at)
      else assertKept(value, now, at)
    } else assert.deepEqual(now, value, at)
  }
}

for (const release of ['5.5.0', '4.9.7']) {
  test(`topics.json of Apache ${release}: a new topic changes nothing else`, async () => {
    const path = '/config/topics.json'
    const content = withUnknownMembers((await configurationOf(release)).get('topics.json')!, 'topicConfigTable')
    const { world, kept } = await worldWith(path, content)
    const topics = await TopicTable.load(path, [], { lightQueues: false }, world)
    const ordered = topics.get('ORDERED')!
    // 4.9 does not take the order of a topic from an administrator.
    assert.equal(ordered.order, release === '5.5.0')
    assert.ok(ordered.readQueueNums === 3 && ordered.topicSysFlag === 1)
    assert.equal(topics.get('READ_ONLY')!.perm, 4)
    await world.clock.until(topics.put({ ...ordered, topicName: 'NEW' }))
    const after = await kept()
    assertKept(parse(content.toString()), after)
    assert.ok('NEW' in (after.topicConfigTable as Json))
  })

  test(`subscriptionGroup.json of Apache ${release}: a new group changes nothing else`, async () => {
    const path = '/config/subscriptionGroup.json'
    const file = (await configurationOf(release)).get('subscriptionGroup.json')!
    const content = withUnknownMembers(file, 'subscriptionGroupTable')
    const { world, kept } = await worldWith(path, content)
    const groups = await SubscriptionGroups.load(path, { autoCreateGroup: true, lightQueues: false }, world)
    assert.equal(groups.get('OFF')!.consumeEnable, false)
    assert.equal(groups.get('STRICT')!.retryMaxTimes, 5)
    assert.ok(groups.getOrCreate('NEW') !== undefined)
    await world.clock.until(groups.close())
    const after = await kept()
    assertKept(parse(content.toString()), after)
    assert.ok('NEW' in (after.subscriptionGroupTable as Json))
  })

  test(`consumerOffset.json of Apache ${release}: a commit changes nothing else`, async () => {
    const path = '/config/consumerOffset.json'
    const content = withUnknownMembers((await configurationOf(release)).get('consumerOffset.json')!)
    const { world, kept } = await worldWith(path, content)
    const options = { offsetFlushMs: 5_000, lightQueues: false }
    const offsets = await ConsumerOffsets.load('/config', options, async () => {}, world)
    assert.equal(offsets.get('READERS', 'FIFO', 1), 3)
    offsets.commit('NEW', 'FIFO', 1, 2)
    await world.clock.until(offsets.close())
    const after = await kept()
    const before = parse(content.toString())
    assertKept(before, after)
    assert.deepEqual(after.pullOffsetTable, before.pullOffsetTable)
    assert.deepEqual((after.offsetTable as Json)['FIFO@NEW'], { 1: 2 })
  })

  test(`a broker leaves alone what else an Apache ${release} broker keeps in its configuration`, async () => {
    await using rig = new Rig()
    const own = new Set(['topics.json', 'subscriptionGroup.json', 'consumerOffset.json', 'delayOffset.json'])
    const others = [...(await configurationOf(release))].filter(([name]) => !own.has(name.replace(/\.bak$/, '')))
    await rig.files.makeDirectory(configDirectory)
    for (const [name, content] of others) {
      const file = await rig.files.open(`${configDirectory}/${name}`, { create: true })
      await file.write(content, 0)
      await file.close()
    }
    const broker = await rig.broker()
    const client = rig.client()
    await client.send('FIFO', 'x')
    await client.join('READERS', ['FIFO'])
    await client.commit('READERS', 'FIFO', 1)
    await rig.clock.advance(60_000)
    await rig.stop(broker)
    for (const [name, content] of others)
      assert.deepEqual(await rig.files.readFile(`${configDirectory}/${name}`), content, name)
  })
}
