import assert from 'node:assert/strict'
import { rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { describe, it } from 'node:test'
import { type FileSystem, silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { javaAbs, javaHashCode } from '@cometmq/protocol/message'
import { unpackFixture } from '../../../../conformance/disk/unpack.ts'
import { type CheckOptions, checkStore } from '../../src/check/check-store.ts'
import { emptyCheckpoint, encodeCheckpoint, unitBytes, writeUnit } from '../../src/format/index.ts'
import { messageWith, Rig, root } from '../rig.ts'
import { resize, write } from '../tamper.ts'

const logFile = (start: number) => `${root}/commitlog/${String(start).padStart(20, '0')}`
const queueFile = (start: number, queueId = 0) => `${root}/consumequeue/T/${queueId}/${String(start).padStart(20, '0')}`

/** A store of 120 messages in two queues, closed. */
async function closedStore(): Promise<Rig> {
  const rig = await Rig.open({ maxHashSlotNum: 100, maxIndexNum: 400 })
  for (let index = 0; index < 120; index++) {
    await rig.store.put(
      messageWith({ queueId: index % 2, body: Buffer.from(`message ${index}`), properties: 'KEYS\u0001k\u0002' }),
    )
  }
  await rig.store.close()
  return rig
}

async function check(rig: Rig, options: Partial<CheckOptions> = {}) {
  const before = await contents(rig.files, root)
  const { clock, files } = rig
  const report = await checkStore({ directory: root, ...options }, { files, clock, logger: silentLogger })
  assert.deepEqual(await contents(rig.files, root), before, 'nothing was changed')
  return report
}

/** Every file below `folder`. */
async function contents(files: FileSystem, folder: string): Promise<Map<string, string>> {
  const found = new Map<string, string>()
  for (const { name, isDirectory } of await files.list(folder)) {
    const path = `${folder}/${name}`
    if (isDirectory) for (const [key, value] of await contents(files, path)) found.set(key, value)
    else found.set(path, (await files.readFile(path)).toString('base64'))
  }
  return found
}

async function found(rig: Rig, options: Partial<CheckOptions> = {}): Promise<string[]> {
  const { findings } = await check(rig, options)
  return findings.map(({ severity, kind }) => `${severity} ${kind}`)
}

/** The size of the first record. */
async function firstSize(rig: Rig): Promise<number> {
  return (await rig.files.readFile(logFile(0))).readInt32BE(0)
}

describe('a store without damage', () => {
  it('has nothing to find', async () => {
    const report = await check(await closedStore())
    assert.deepEqual([report.damages, report.notes, report.log.records, report.queues.units], [0, 0, 120, 120])
    assert.equal(report.index.entries, 120)
    assert.equal(report.wasClosed, true)
  })

  it('has every unit of light queues', async () => {
    const rig = await Rig.open({ enableLmq: true, enableMultiDispatch: true })
    for (let index = 0; index < 30; index++) {
      await rig.store.put(messageWith({ properties: 'INNER_MULTI_DISPATCH\u0001%LMQ%a,%LMQ%b\u0002' }))
    }
    await rig.store.close()
    const report = await check(rig)
    assert.deepEqual([report.damages, report.notes, report.queues.units], [0, 0, 90])
    await write(rig.files, `${root}/consumequeue/%LMQ%a/0/${'0'.repeat(20)}`, 20, Buffer.alloc(20))
    assert.deepEqual(await found(rig), ['damage queue-unit-missing'])
  })

  it('is found in the data folder too, and anything else is refused', async () => {
    const rig = await closedStore()
    assert.equal((await check(rig, { directory: '/data/' })).store, root)
    await assert.rejects(check(rig, { directory: '/nowhere' }), /there is no store in \/nowhere/)
  })

  it("Apache's 5.5.0-extras has none, with light, extended and batch queues", async (t) => {
    const folder = await unpackFixture('5.5.0-extras')
    t.after(() => rm(dirname(folder), { recursive: true }))
    const world = { files: nodeFileSystem, clock: nodeClock, logger: silentLogger }
    const report = await checkStore({ directory: folder }, world)
    assert.deepEqual(report.findings, [])
    assert.deepEqual(report.batchQueues, { queues: 1, units: 15 })
    assert.ok(report.extendedUnits >= 60 && report.queues.units > 60)
  })

  for (const name of ['5.5.0-clean', '5.5.0-killed', '4.9.7-clean', '4.9.7-killed']) {
    it(`Apache's ${name} has none`, async (t) => {
      const folder = await unpackFixture(name)
      t.after(() => rm(dirname(folder), { recursive: true }))
      const before = await contents(nodeFileSystem, folder)
      const report = await checkStore(
        { directory: folder },
        { files: nodeFileSystem, clock: nodeClock, logger: silentLogger },
      )
      assert.deepEqual(
        report.findings.map(({ kind }) => kind),
        name.endsWith('killed') ? ['not-closed'] : [],
      )
      assert.ok(report.log.records > 300 && report.index.entries > 300)
      assert.deepEqual(await contents(nodeFileSystem, folder), before)
    })
  }

  it('that a broker uses is refused, or looked at all the same', async () => {
    const rig = await closedStore()
    await rig.open()
    await assert.rejects(check(rig), { code: 'STORE_LOCKED', message: /stop the broker.*--force/ })
    assert.deepEqual(await found(rig, { force: true }), ['note in-use', 'note not-closed'])
    await rig.store.close()
  })
})

describe('damage to the log', () => {
  it('a flipped bit in a body', async () => {
    const rig = await closedStore()
    await write(rig.files, logFile(4096), 95, 'X')
    const { findings, log } = await check(rig)
    assert.deepEqual(
      findings.map(({ kind }) => kind),
      ['log-damaged', 'log-offset-gap', 'index-entry'],
      'the record, the message that its queue lacks, and its key',
    )
    assert.match(findings[0]!.text, /^no records from 4096 to \d+ \(\d+ bytes\): the CRC of its body/)
    assert.match(findings[1]!.text, /messages \d+ to \d+ are not in the log/)
    assert.equal(log.records, 119, 'what lies behind is read all the same')
  })

  it('a missing file, and a short one in the middle', async () => {
    let rig = await closedStore()
    await rig.files.remove(logFile(4096))
    assert.ok((await found(rig)).includes('damage log-file-missing'))
    rig = await closedStore()
    await resize(rig.files, logFile(4096), 1000)
    const kinds = await found(rig)
    assert.ok(kinds.includes('damage log-file-length') && kinds.includes('damage log-damaged'), `${kinds}`)
  })

  it('an end that is gone, which the checkpoint knew', async () => {
    const rig = await closedStore()
    const { end, fileBytes } = (await check(rig)).log
    const size = await firstSize(rig)
    await write(rig.files, logFile(end - (end % fileBytes)), (end % fileBytes) - size - 5, Buffer.alloc(size + 5))
    const kinds = await found(rig)
    for (const kind of ['log-shortened', 'checkpoint', 'queue-unit-extra'])
      assert.ok(kinds.includes(`damage ${kind}`), `${kinds}`)
  })

  it('bytes behind the end, and files that are none of it', async () => {
    const rig = await closedStore()
    const { end, fileBytes } = (await check(rig)).log
    await write(rig.files, logFile(end - (end % fileBytes)), (end % fileBytes) + 50, Buffer.alloc(30, 7))
    await write(rig.files, `${root}/commitlog/notes.txt`, 0, 'x')
    assert.deepEqual(await found(rig), ['note log-stranger', 'note log-garbage'])
  })

  it('a write that a crash has cut short is to note only', async () => {
    const rig = await closedStore()
    const { end, fileBytes } = (await check(rig)).log
    await write(rig.files, logFile(end - (end % fileBytes)), end % fileBytes, Buffer.alloc(30, 7))
    await write(rig.files, `${root}/abort`, 0, '1')
    assert.deepEqual(await found(rig), ['note not-closed', 'note log-garbage'])
  })
})

describe('damage to queues', () => {
  const damages: Record<string, [damage: (rig: Rig) => Promise<void>, kind: string]> = {
    'a unit that says another offset': [
      async ({ files }) => {
        const unit = Buffer.alloc(unitBytes)
        writeUnit(unit, 0, 12_345, 100, 0)
        await write(files, queueFile(200), 40, unit)
      },
      'queue-unit-wrong',
    ],
    'a unit of another tag': [({ files }) => write(files, queueFile(200), 59, 'x'), 'queue-unit-wrong'],
    'a unit that was never written': [
      ({ files }) => write(files, queueFile(200), 40, Buffer.alloc(20)),
      'queue-unit-missing',
    ],
    'a file in the middle that is gone': [({ files }) => files.remove(queueFile(400)), 'queue-file-missing'],
    'a last file that is gone': [({ files }) => files.remove(queueFile(1000)), 'queue-unit-missing'],
    'a file that is too short': [({ files }) => resize(files, queueFile(200), 77), 'queue-file-length'],
    'a queue that is gone': [
      async ({ files }) => {
        const folder = `${root}/consumequeue/T/1`
        for (const { name } of await files.list(folder)) await files.remove(`${folder}/${name}`)
        await files.removeDirectory(folder)
      },
      'queue-missing',
    ],
    'a unit behind the last message': [
      async ({ files }) => {
        const unit = Buffer.alloc(unitBytes)
        writeUnit(unit, 0, 900_000, 100, 0)
        await write(files, queueFile(1200), 0, unit)
        await resize(files, queueFile(1200), 200)
      },
      'queue-unit-extra',
    ],
  }
  for (const [name, [damage, kind]] of Object.entries(damages)) {
    it(name, async () => {
      const rig = await closedStore()
      await damage(rig)
      const { findings } = await check(rig)
      const first = findings.find((finding) => finding.kind === kind)
      assert.equal(first?.severity, 'damage', `${findings.map((finding) => finding.kind)}`)
      assert.match(first.path, /consumequeue\/T\/[01]/)
    })
  }

  it('of a topic that does not exist any more is to note only', async () => {
    const rig = await closedStore()
    await damages['a queue that is gone']![0](rig)
    assert.deepEqual(await found(rig, { topics: new Set(['Other']) }), ['note queue-missing'])
  })

  it('that opening the store mends is to note only', async () => {
    const rig = await closedStore()
    await rig.open()
    const at = rig.store.state.appendedOffset
    await rig.store.put(messageWith())
    const last = (await rig.store.recordAt(at))!
    await rig.store.close()
    await write(rig.files, `${root}/abort`, 0, '1')
    const { logicsPhysicalOffset } = { logicsPhysicalOffset: at - last.length - 1 }
    assert.ok(logicsPhysicalOffset > 0)
    await write(rig.files, queueFile(1200), 0, Buffer.alloc(20))
    await write(rig.files, `${root}/checkpoint`, 0, encodeCheckpoint(emptyCheckpoint()))
    assert.deepEqual(await found(rig), ['note not-closed', 'note queue-unit-missing'])
  })

  it('bytes behind the last unit', async () => {
    const rig = await closedStore()
    await rig.open()
    await rig.store.put(messageWith())
    await rig.store.close()
    await write(rig.files, queueFile(1200), 100, 'xxx')
    assert.deepEqual(await found(rig), ['note queue-garbage'])
  })
})

describe('damage to what lies beside', () => {
  it('a checkpoint that is missing, short, or names no record', async () => {
    const rig = await closedStore()
    await write(
      rig.files,
      `${root}/checkpoint`,
      0,
      encodeCheckpoint({ ...emptyCheckpoint(), logicsPhysicalOffset: 17 }),
    )
    assert.deepEqual(await found(rig), ['damage checkpoint'])
    await resize(rig.files, `${root}/checkpoint`, 20)
    assert.deepEqual(await found(rig), ['damage checkpoint'])
    await rig.files.remove(`${root}/checkpoint`)
    assert.deepEqual(await found(rig), ['note checkpoint'])
  })

  it('a group that has consumed more than there is', async () => {
    const rig = await closedStore()
    const consumed = [60, 61].map((offset) => ({ group: 'G', topic: 'T', queueId: 0, offset }))
    const { findings } = await check(rig, { consumed })
    assert.deepEqual(
      findings.map(({ text }) => text),
      ['group G is at 61 of queue 0 of topic T, which ends at 60'],
    )
  })

  /** An index of 10 slots and 40 entries with one entry for the first message. */
  function indexWith(
    change: { hash?: number; physicalOffset?: number; slotValue?: number; count?: number } = {},
  ): Buffer {
    const bytes = Buffer.alloc(40 + 10 * 4 + 40 * 20)
    const hash = change.hash ?? javaAbs(javaHashCode('T#k'))
    bytes.writeInt32BE(1, 32)
    bytes.writeInt32BE(change.count ?? 2, 36)
    bytes.writeInt32BE(change.slotValue ?? 1, 40 + (hash % 10) * 4)
    const entryAt = 40 + 40 + 20
    bytes.writeInt32BE(hash, entryAt)
    bytes.writeBigInt64BE(BigInt(change.physicalOffset ?? 0), entryAt + 4)
    bytes.writeBigInt64BE(BigInt(change.physicalOffset ?? 0), 24)
    return bytes
  }

  for (const [name, bytes, expected] of [
    ['good', indexWith(), []],
    ['with an entry of another key', indexWith({ hash: 4711 }), ['damage index-entry']],
    ['with an entry behind the log', indexWith({ physicalOffset: 1_000_000 }), ['damage index-entry']],
    ['with a slot that names no entry', indexWith({ slotValue: 0 }), ['damage index-chain']],
    ['with more entries than fit', indexWith({ count: 99 }), ['damage index-header']],
    ['of another length', Buffer.alloc(100), ['note index-header']],
  ] as const) {
    it(`a key index ${name}`, async () => {
      const rig = await closedStore()
      await write(rig.files, `${root}/index/20250101000000000`, 0, bytes)
      assert.deepEqual(await found(rig), expected)
    })
  }

  it('messages with keys that the index has no entry of', async () => {
    const rig = await closedStore()
    for (const { name } of await rig.files.list(`${root}/index`)) await rig.files.remove(`${root}/index/${name}`)
    const bytes = indexWith()
    const size = await firstSize(rig)
    // The header says that the fourth message is the last one that has an entry, and there is one of the first.
    bytes.writeBigInt64BE(BigInt(3 * size), 24)
    await write(rig.files, `${root}/index/20250101000000000`, 0, bytes)
    const { findings } = await check(rig)
    assert.deepEqual(
      findings.map(({ severity, kind }) => `${severity} ${kind}`),
      ['note index-gap'],
    )
    assert.match(findings[0]!.text, new RegExp(`^3 messages with keys have no entry, the first at ${size}:`))
  })
})
