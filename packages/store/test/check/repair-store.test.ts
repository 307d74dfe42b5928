import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { FaultyFileSystem } from '@cometmq/testkit/sim'
import { unpackFixture } from '../../../../conformance/disk/unpack.ts'
import { checkStore } from '../../src/check/check-store.ts'
import { type RepairOptions, repairStore } from '../../src/check/repair-store.ts'
import { messageWith, Rig, root } from '../rig.ts'

const texts = Array.from({ length: 120 }, (_, index) => `message ${index}`)
const logFile = (start: number) => `${root}/commitlog/${String(start).padStart(20, '0')}`

async function closedStore(): Promise<Rig> {
  const rig = await Rig.open()
  for (const body of texts) await rig.store.put(messageWith({ body: Buffer.from(body) }))
  await rig.store.close()
  return rig
}

const repair = ({ files, clock }: Rig, options: Partial<RepairOptions> = {}) =>
  clock.until(repairStore({ directory: root, ...options }, { files, clock, logger: silentLogger }))

async function checkFine({ files, clock }: Rig): Promise<void> {
  const { findings } = await checkStore({ directory: root }, { files, clock, logger: silentLogger })
  assert.deepEqual(findings, [])
}

async function write(rig: Rig, path: string, position: number, text: string): Promise<void> {
  const file = await rig.files.open(path, { create: true })
  await file.write(Buffer.from(text), position)
  await file.close()
}

describe('repair', () => {
  it('makes queues and checkpoint again, and keeps what was there', async () => {
    const rig = await closedStore()
    await write(rig, `${root}/consumequeue/T/0/00000000000000000400`, 3, 'damage')
    await rig.files.remove(`${root}/checkpoint`)
    const log = await rig.files.readFile(logFile(4096))
    const report = await repair(rig)
    assert.equal(report.cut, undefined)
    assert.match(report.aside, /repair-20260101\d{6}$/)
    assert.equal((await rig.files.list(`${report.aside}/consumequeue/T/0`)).length, 12)
    assert.deepEqual(await rig.files.readFile(logFile(4096)), log, 'the log is not touched')
    await checkFine(rig)
    await rig.open()
    assert.deepEqual(await rig.bodies(), texts)
    await rig.store.close()
  })

  it('changes nothing when the log is damaged, until it is told to give up what follows', async () => {
    const rig = await closedStore()
    await write(rig, logFile(8192), 92, 'X')
    await assert.rejects(repair(rig), {
      code: 'STORE_CORRUPT',
      message: /damaged at 8192 .* nothing was changed.*--cut-log-at-damage/,
    })
    assert.equal((await rig.files.list(root)).filter(({ name }) => name.startsWith('repair')).length, 0)
    await rig.open().then(
      () => rig.store.close(),
      () => assert.fail('a damage that recovery does not meet does not keep the store from being opened'),
    )
    const { cut, aside, log } = await repair(rig, { cutLogAtDamage: true })
    assert.equal(cut?.at, 8192)
    assert.equal(cut.goodRecords + log.records, texts.length - 1, 'every good record is counted')
    assert.equal(log.end, 8192)
    assert.deepEqual((await rig.files.list(`${aside}/commitlog`)).map(({ name }) => name).sort(), cut.files)
    await checkFine(rig)
    await rig.open()
    assert.deepEqual(await rig.bodies(), texts.slice(0, log.records))
    await rig.store.put(messageWith({ body: Buffer.from('after') }))
    assert.equal((await rig.bodies()).at(-1), 'after')
    await rig.store.close()
  })

  it('ends the log in the middle of a file, which keeps its length', async () => {
    const rig = await closedStore()
    const size = (await rig.files.readFile(logFile(0))).readInt32BE(0)
    await write(rig, logFile(0), size + 92, 'X')
    const before = await rig.files.readFile(logFile(0))
    const { cut, aside } = await repair(rig, { cutLogAtDamage: true })
    assert.equal(cut?.at, size)
    const after = await rig.files.readFile(logFile(0))
    assert.deepEqual(after, Buffer.concat([before.subarray(0, size), Buffer.alloc(4096 - size)]))
    assert.deepEqual(await rig.files.readFile(`${aside}/commitlog/00000000000000000000`), before)
    await checkFine(rig)
  })

  for (const [name, damage] of [
    ['a missing file', (rig: Rig) => rig.files.remove(logFile(4096))],
    [
      'a last file that is short',
      async (rig: Rig) => {
        const file = await rig.files.open(logFile(4096 * 3))
        await file.truncate(200)
        await file.close()
      },
    ],
    [
      'a last record that is gone though it was durable',
      async (rig: Rig) => {
        const file = await rig.files.open(logFile(4096 * 3))
        const bytes = await rig.files.readFile(logFile(4096 * 3))
        const end = bytes.findLastIndex((byte) => byte !== 0)
        await file.write(Buffer.alloc(60), end - 59)
        await file.close()
      },
    ],
  ] as const) {
    it(`gets past ${name}`, async () => {
      const rig = await closedStore()
      const last = Math.max(...(await rig.files.list(`${root}/commitlog`)).map(({ name }) => Number(name)))
      assert.equal(last, 4096 * 3)
      await damage(rig)
      await assert.rejects(repair(rig), { code: 'STORE_CORRUPT' })
      const { cut } = await repair(rig, { cutLogAtDamage: true })
      assert.ok(cut)
      await checkFine(rig)
      await rig.open()
      const bodies = await rig.bodies()
      assert.deepEqual(bodies, texts.slice(0, bodies.length))
      await rig.store.close()
    })
  }

  it('waits for no broker', async () => {
    const rig = await closedStore()
    await rig.open()
    await assert.rejects(repair(rig), { code: 'STORE_LOCKED' })
    await rig.store.close()
  })

  it('keeps apart what two repairs within one second replace', async () => {
    const rig = await closedStore()
    const world = { files: rig.files, clock: rig.clock, logger: silentLogger }
    const secondAtMs = rig.clock.now()
    // Time stands still.
    const asides = [await repairStore({ directory: root }, world), await repairStore({ directory: root }, world)].map(
      ({ aside }) => aside,
    )
    assert.equal(rig.clock.now(), secondAtMs)
    assert.match(asides[0]!, /repair-20260101\d{6}$/)
    assert.equal(asides[1], `${asides[0]}-2`)
    for (const aside of asides) {
      assert.equal((await rig.files.list(`${aside}/consumequeue/T/0`)).length, 12)
      assert.ok(await rig.files.stat(`${aside}/checkpoint`))
    }
    await checkFine(rig)
  })

  it('leaves the store to others when it cannot look for a free name', async () => {
    const rig = await closedStore()
    const files = new FaultyFileSystem(rig.files)
    files.arm({ operation: 'stat', systemCode: 'EIO', path: /repair-/ })
    const world = { files, clock: rig.clock, logger: silentLogger }
    await assert.rejects(rig.clock.until(repairStore({ directory: root }, world)), { systemCode: 'EIO' })
    await repair(rig)
    await checkFine(rig)
  })

  it('makes the queues of a store that Apache wrote', async (t) => {
    const folder = await unpackFixture('4.9.7-killed')
    t.after(() => rm(dirname(folder), { recursive: true }))
    const world = { files: nodeFileSystem, clock: nodeClock, logger: silentLogger }
    const before = await checkStore({ directory: folder }, world)
    const report = await repairStore({ directory: folder }, world)
    const after = await checkStore({ directory: folder }, world)
    assert.deepEqual(after.findings, [])
    assert.deepEqual([after.log.records, after.queues.units], [before.log.records, before.queues.units])
    assert.equal(report.queues, before.queues.queues)
  })
})
