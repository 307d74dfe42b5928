import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { type CheckOptions, checkStore } from '../../src/check/check-store.ts'
import { repairStore } from '../../src/check/repair-store.ts'
import { batchUnitBytes, readBatchUnit, writeBatchUnit } from '../../src/format/batch-unit.ts'
import { emptyCheckpoint, encodeCheckpoint } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const fileBytes = 4 * batchUnitBytes
const fileOf = (unit: number) =>
  `${root}/batchconsumequeue/B/0/${String(Math.floor(unit / 4) * fileBytes).padStart(20, '0')}`
const placeOf = (unit: number) => (unit % 4) * batchUnitBytes

const put = ({ store }: Rig, count: number) => {
  const inner = count === 1 ? {} : { sysFlag: 0xc0, properties: `INNER_NUM\u0001${count}\u0002TAGS\u0001t\u0002` }
  return store.put(messageWith({ topic: 'B', ...inner, body: Buffer.alloc(100) }))
}

/** A store of 30 records of 1 to 3 messages in a batch queue, and some others, closed. */
async function closedStore(): Promise<Rig> {
  const rig = await Rig.open({ mapperFileSizeBatchConsumeQueue: fileBytes })
  for (let n = 0; n < 30; n++) {
    await put(rig, 1 + (n % 3))
    await rig.store.put(messageWith())
  }
  await rig.store.close()
  return rig
}

const check = ({ files, clock }: Rig, options: Partial<CheckOptions> = {}) =>
  checkStore({ directory: root, ...options }, { files, clock, logger: silentLogger })

async function found(rig: Rig, options: Partial<CheckOptions> = {}): Promise<string[]> {
  const { findings } = await check(rig, options)
  return findings.map(({ severity, kind }) => `${severity} ${kind}`)
}

async function write({ files }: Rig, path: string, position: number, bytes: Buffer): Promise<void> {
  const file = await files.open(path, { create: true })
  await file.write(bytes, position)
  await file.close()
}

/** Changes a field of the unit. */
async function change(rig: Rig, unit: number, changes: Partial<ReturnType<typeof readBatchUnit>>): Promise<void> {
  const bytes = await rig.files.readFile(fileOf(unit))
  writeBatchUnit(bytes, placeOf(unit), { ...readBatchUnit(bytes, placeOf(unit))!, ...changes })
  await write(rig, fileOf(unit), 0, bytes)
}

async function repaired(rig: Rig): Promise<void> {
  await rig.clock.until(repairStore({ directory: root }, { ...rig, logger: silentLogger }))
  assert.deepEqual(await found(rig), [])
  const store = await rig.open()
  assert.deepEqual([store.minOffset('B', 0), store.maxOffset('B', 0)], [0, 60])
  await store.close()
}

describe('the check of batch queues', () => {
  it('finds nothing in a good one, nor behind a log that was cleaned', async () => {
    const rig = await closedStore()
    const consumed = [{ group: 'G', topic: 'B', queueId: 0, offset: 60 }]
    const { findings, batchQueues, queues } = await check(rig, { consumed })
    assert.deepEqual([findings, batchQueues, queues.units], [[], { queues: 1, units: 30 }, 30])
    await rig.files.remove(`${root}/commitlog/${'0'.repeat(20)}`)
    await rig.reopen()
    assert.ok(rig.store.minOffset('B', 0) > 10)
    await rig.store.close()
    assert.deepEqual((await check(rig, { consumed })).findings, [])
  })

  const damages: Record<string, [damage: (rig: Rig) => Promise<void>, text: RegExp, kind: string]> = {
    'another position': [
      (rig) => change(rig, 9, { physicalOffset: 77 }),
      /physicalOffset 77 and not/,
      'queue-unit-wrong',
    ],
    'another size': [(rig) => change(rig, 9, { size: 77 }), /size 77 and not/, 'queue-unit-wrong'],
    'another base offset': [
      (rig) => change(rig, 9, { baseOffset: 50 }),
      /baseOffset 50 and not 18/,
      'queue-unit-wrong',
    ],
    'another number of messages': [(rig) => change(rig, 9, { count: 9 }), /count 9 and not 1/, 'queue-unit-wrong'],
    'another tag': [(rig) => change(rig, 10, { tagsCode: 9 }), /tagsCode 9 and not 116/, 'queue-unit-wrong'],
    'another time': [(rig) => change(rig, 9, { storeTimestamp: 9 }), /storeTimestamp 9 and not/, 'queue-unit-wrong'],
    'a hole': [
      (rig) => write(rig, fileOf(9), placeOf(9), Buffer.alloc(batchUnitBytes)),
      /message 18 .*its unit is missing$/,
      'queue-unit-missing',
    ],
    'a file that is gone': [
      (rig) => rig.files.remove(fileOf(29)),
      /its unit is missing; 2 in all/,
      'queue-unit-missing',
    ],
    'a file between that is gone': [(rig) => rig.files.remove(fileOf(9)), /is missing/, 'queue-file-missing'],
    'a unit too many': [
      async (rig) => {
        const bytes = await rig.files.readFile(fileOf(29))
        const last = readBatchUnit(bytes, placeOf(29))!
        writeBatchUnit(bytes, placeOf(30), { ...last, baseOffset: 60, physicalOffset: last.physicalOffset + 1 })
        await write(rig, fileOf(30), 0, bytes)
      },
      /unit 30 names messages from 60 on/,
      'queue-unit-extra',
    ],
  }
  for (const [name, [damage, text, kind]] of Object.entries(damages)) {
    it(`tells ${name}, and repair makes it good`, async () => {
      const rig = await closedStore()
      await damage(rig)
      const { findings } = await check(rig)
      const finding = findings.find((one) => one.kind === kind)
      assert.equal(finding?.severity, 'damage', JSON.stringify(findings))
      assert.match(finding.text, text)
      assert.match(finding.path, /batchconsumequeue\/B\/0/)
      await repaired(rig)
    })
  }

  it('tells a queue that is gone, which is to note when its topic is, and repair makes it again', async () => {
    const rig = await closedStore()
    const folder = `${root}/batchconsumequeue/B/0`
    for (const { name } of await rig.files.list(folder)) await rig.files.remove(`${folder}/${name}`)
    await rig.files.removeDirectory(folder)
    const batchTopics = new Set(['B'])
    assert.deepEqual(await found(rig, { batchTopics }), ['damage queue-missing'])
    assert.deepEqual(await found(rig, { batchTopics, topics: new Set(['T']) }), ['note queue-missing'])
    await rig.clock.until(repairStore({ directory: root, batchTopics }, { ...rig, logger: silentLogger }))
    assert.deepEqual(await found(rig), [])
  })

  it('tells bytes behind the last unit, and what the next start mends, as notes', async () => {
    const rig = await closedStore()
    await write(rig, fileOf(29), placeOf(29) + batchUnitBytes + 20, Buffer.from('xxx'))
    assert.deepEqual(await found(rig), ['note queue-garbage'])
    await write(rig, fileOf(29), placeOf(29), Buffer.alloc(batchUnitBytes))
    await write(rig, `${root}/abort`, 0, Buffer.from('1'))
    await write(rig, `${root}/checkpoint`, 0, encodeCheckpoint(emptyCheckpoint()))
    assert.deepEqual(await found(rig), ['note not-closed', 'note queue-unit-missing'])
  })

  it('goes by the later records when a topic was removed and made again', async () => {
    const rig = await Rig.open({ mapperFileSizeBatchConsumeQueue: fileBytes })
    for (let n = 0; n < 9; n++) await put(rig, 2)
    await rig.clock.advance(1000)
    await rig.clock.until(rig.store.deleteTopic('B'))
    for (let n = 0; n < 5; n++) await put(rig, 3)
    await rig.store.close()
    assert.deepEqual(await found(rig), [])
    await rig.files.remove(`${root}/deletedTopics`)
    assert.deepEqual(await found(rig), [])
  })
})
