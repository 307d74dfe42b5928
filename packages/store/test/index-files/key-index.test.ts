import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decodeRecord } from '@cometmq/protocol/message'
import { CrashFileSystem, FaultyFileSystem, MemoryFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import fc from 'fast-check'
import { decodeIndexHeader } from '../../src/format/index-file.ts'
import type { KeyKind, QueryRequest, StoreOptions } from '../../src/index.ts'
import { messageWith, Rig, root } from '../rig.ts'

const small = { maxHashSlotNum: 7, maxIndexNum: 20 }
const indexFolder = `${root}/index`

const keyed = (...entries: [string, string][]) =>
  messageWith({ properties: entries.map(([name, value]) => `${name}\u0001${value}\u0002`).join('') })

async function find(rig: Rig, key: string, changes: Partial<QueryRequest> = {}): Promise<number[]> {
  const range = { maxMessages: 64, begin: 0, end: Number.MAX_SAFE_INTEGER }
  const asked = rig.store.query({ topic: 'T', key, kind: 'key', ...range, ...changes })
  return (await asked).records.map((record) => decodeRecord(record, 0).queueOffset)
}

const indexNames = async (rig: Rig) =>
  (await rig.files.stat(indexFolder)) === undefined
    ? []
    : (await rig.files.list(indexFolder)).map(({ name }) => name).sort()

async function headers(rig: Rig, shape: { slots: number; entries: number }) {
  const names = await indexNames(rig)
  return Promise.all(
    names.map(async (name) => decodeIndexHeader(await rig.files.readFile(`${indexFolder}/${name}`), shape)!),
  )
}

describe('the key index', () => {
  it('finds a message by its unique key, by each of its keys, and by its tag', async () => {
    const rig = await Rig.open(small)
    await rig.store.put(keyed(['UNIQ_KEY', 'U1'], ['KEYS', 'a  b a'], ['TAGS', 'x y']))
    await rig.store.put(keyed(['KEYS', 'b']))
    assert.deepEqual(await find(rig, 'U1', { kind: 'uniqueKey' }), [0])
    assert.deepEqual(await find(rig, 'a'), [0], 'once, although it has the key twice')
    assert.deepEqual(await find(rig, 'b'), [0, 1])
    assert.deepEqual(await find(rig, 'x y', { kind: 'tag' }), [0])
    assert.deepEqual(await find(rig, 'x', { kind: 'tag' }), [])
    assert.deepEqual(await find(rig, 'x y'), [], 'a tag is no key')
    assert.deepEqual(await find(rig, 'a', { topic: 'T2' }), [])
    await rig.store.close()
  })

  it('does not answer another key with the same hash', async () => {
    const rig = await Rig.open(small)
    await rig.store.put(keyed(['KEYS', 'Aa']))
    await rig.store.put(keyed(['KEYS', 'BB']))
    assert.deepEqual(await find(rig, 'Aa'), [0])
    assert.deepEqual(await find(rig, 'BB'), [1])
    await rig.store.close()
  })

  it('answers the newest, no more than asked for and allowed', async () => {
    const rig = await Rig.open({ ...small, maxMsgsNumBatch: 5 })
    for (let n = 0; n < 30; n++) await rig.store.put(keyed(['KEYS', 'same']))
    assert.deepEqual(await find(rig, 'same', { maxMessages: 3 }), [27, 28, 29])
    assert.deepEqual(await find(rig, 'same'), [25, 26, 27, 28, 29])
    assert.deepEqual(await find(rig, 'same', { maxMessages: 0 }), [])
    await rig.store.close()
  })

  it('looks between two store times, over files', async () => {
    const rig = await Rig.open(small)
    const times: number[] = []
    for (let n = 0; n < 50; n++) {
      times.push((await rig.store.put(keyed(['KEYS', 'same']))).storeTimestamp)
      await rig.clock.advance(1_000)
    }
    assert.ok((await indexNames(rig)).length > 1)
    assert.deepEqual(await find(rig, 'same', { begin: times[18]!, end: times[22]! }), [18, 19, 20, 21, 22])
    assert.deepEqual(await find(rig, 'same', { begin: times[49]! + 1 }), [])
    assert.deepEqual(await find(rig, 'same', { end: times[0]! - 1 }), [])
    await rig.store.close()
  })

  it('leaves out rolled back transactions, and nothing else', async () => {
    const rig = await Rig.open(small)
    for (const sysFlag of [4, 8, 12]) {
      await rig.store.put({ ...keyed(['KEYS', `k${sysFlag}`]), sysFlag })
    }
    const found = async (key: string) =>
      (await rig.store.query({ topic: 'T', key, kind: 'key', maxMessages: 1, begin: 0, end: 2 ** 50 })).records.length
    assert.deepEqual([await found('k4'), await found('k8'), await found('k12')], [1, 1, 0])
    await rig.store.close()
  })

  it('says when its last message was stored, and where', async () => {
    const rig = await Rig.open(small)
    const { storeTimestamp, physicalOffset } = await rig.store.put(keyed(['KEYS', 'k']))
    await rig.store.put(messageWith())
    const request = { topic: 'T', key: 'k', kind: 'key', maxMessages: 1, begin: 0, end: 2 ** 50 } as const
    const { indexLastUpdateTimestamp, indexLastUpdateOffset } = await rig.store.query(request)
    assert.deepEqual([indexLastUpdateTimestamp, indexLastUpdateOffset], [storeTimestamp, physicalOffset])
    await rig.store.close()
  })

  it('has nothing on disk and no timer while messages have no keys', async () => {
    const rig = await Rig.open()
    const idle = rig.clock.pendingTimers
    await rig.store.put(messageWith())
    await rig.clock.advance(120_000)
    assert.equal(rig.clock.pendingTimers, idle)
    await rig.reopen()
    assert.deepEqual(await indexNames(rig), [])
    await rig.store.close()
  })
})

describe('its files', () => {
  it('follow each other, full but for one entry, each beginning where the one before ended', async () => {
    const rig = await Rig.open(small)
    for (let n = 0; n < 50; n++) await rig.store.put(keyed(['KEYS', `k${n}`]))
    await rig.store.close()
    const all = await headers(rig, { slots: 7, entries: 20 })
    assert.deepEqual(
      all.map(({ nextEntry }) => nextEntry),
      [20, 20, 13],
    )
    assert.ok(all[0]!.endPhysicalOffset < all[1]!.beginPhysicalOffset)
  })

  it('go with the log from the front, but never the last', async () => {
    const rig = await Rig.open(small)
    for (let n = 0; n < 50; n++) await rig.store.put(keyed(['KEYS', `k${n}`]))
    assert.deepEqual(await find(rig, 'k0'), [0])
    const [first] = await headers(rig, { slots: 7, entries: 20 })
    assert.equal(await rig.store.removeIndexBefore(first!.endPhysicalOffset), 0)
    assert.equal(await rig.store.removeIndexBefore(first!.endPhysicalOffset + 1), 1)
    assert.equal(await rig.store.removeIndexBefore(Number.MAX_SAFE_INTEGER), 1)
    assert.equal((await indexNames(rig)).length, 1)
    assert.deepEqual(await find(rig, 'k49'), [49])
    assert.deepEqual(await find(rig, 'k0'), [])
    await rig.store.close()
  })

  it('that are gone are made again, as are those of a store that had none', async () => {
    for (const first of [{ messageIndexEnable: false }, { indexFileWriteEnable: false }, {}]) {
      const rig = await Rig.open({ ...small, ...first })
      for (let n = 0; n < 50; n++) await rig.store.put(keyed(['KEYS', `k${n}`]))
      await rig.store.close()
      for (const name of await indexNames(rig)) await rig.files.remove(`${indexFolder}/${name}`)
      const again = new Rig(small, rig.files)
      await again.open()
      for (let n = 0; n < 50; n++) assert.deepEqual(await find(again, `k${n}`), [n])
      await again.store.close()
    }
  })

  it('that name records behind the end of the log are removed', async () => {
    const rig = await Rig.open(small)
    for (let n = 0; n < 5; n++) await rig.store.put(keyed(['KEYS', `k${n}`]))
    await rig.store.close()
    const [name] = await indexNames(rig)
    const file = await rig.files.open(`${indexFolder}/${name}`)
    const end = Buffer.alloc(8)
    end.writeBigInt64BE(1_000_000n)
    await file.write(end, 24)
    await file.close()
    await rig.open()
    assert.deepEqual(await find(rig, 'k3'), [3])
    assert.ok(
      (await headers(rig, { slots: 7, entries: 20 })).every(({ endPhysicalOffset }) => endPhysicalOffset < 5_000),
    )
    await rig.store.close()
  })

  it('are not read when indexFileReadEnable is false', async () => {
    const rig = await Rig.open({ ...small, indexFileReadEnable: false })
    await rig.store.put(keyed(['KEYS', 'k']))
    assert.deepEqual(await find(rig, 'k'), [])
    await rig.store.close()
  })
})

describe('a disk that fails the key index', () => {
  const path = /index/

  async function faultyRig(changes: Partial<StoreOptions> = {}) {
    const faulty = new FaultyFileSystem(new MemoryFileSystem())
    return { rig: await Rig.open({ ...small, ...changes }, faulty), faulty }
  }

  it('because it is full holds nobody up, and the index goes on when there is room', async () => {
    for (const operation of ['write', 'truncate', 'open'] as const) {
      const { rig, faulty } = await faultyRig()
      faulty.arm({ operation, systemCode: 'ENOSPC', path, times: Number.POSITIVE_INFINITY })
      for (let n = 0; n < 50; n++) await rig.store.put(keyed(['KEYS', `k${n}`]))
      await rig.clock.advance(3_000)
      assert.equal(rig.store.state.indexFailure, undefined)
      faulty.disarm()
      await rig.clock.advance(3_000)
      for (let n = 0; n < 50; n++) assert.deepEqual(await find(rig, `k${n}`), [n], operation)
      await rig.reopen()
      for (let n = 0; n < 50; n++) assert.deepEqual(await find(rig, `k${n}`), [n], operation)
      await rig.store.close()
    }
  })

  it('for so long that too much waits makes it go on from the log', async () => {
    const { rig, faulty } = await faultyRig({
      ...{ mappedFileSizeCommitLog: 1024 * 1024, tailBytes: 64 * 1024 },
      ...{ maxHashSlotNum: 1_000, maxIndexNum: 2_000_000 },
    })
    faulty.arm({ operation: 'write', systemCode: 'ENOSPC', path, times: Number.POSITIVE_INFINITY })
    const manyKeys = Array.from({ length: 3_000 }, (_, n) => `k${n}`).join(' ')
    for (let n = 0; n < 320; n++) await rig.store.put(keyed(['UNIQ_KEY', `u${n}`], ['KEYS', manyKeys]))
    assert.ok(rig.store.state.indexBehindBytes > 0, 'the last ones are left out')
    faulty.disarm()
    await rig.clock.advance(10_000)
    assert.equal(rig.store.state.indexBehindBytes, 0)
    for (let n = 0; n < 320; n += 13) assert.deepEqual(await find(rig, `u${n}`), [n])
    assert.deepEqual(await find(rig, 'u319'), [319])
    await rig.store.close()
  })

  it('otherwise ends the index and not the store, until the next start', async () => {
    for (const operation of ['write', 'sync'] as const) {
      const { rig, faulty } = await faultyRig()
      await rig.store.put(keyed(['KEYS', 'before']))
      assert.deepEqual(await find(rig, 'before'), [0])
      faulty.arm({ operation, systemCode: 'EIO', path })
      for (let n = 0; n < 50; n++) await rig.store.put(keyed(['KEYS', `k${n}`]))
      await rig.clock.settle()
      await assert.rejects(find(rig, 'k1'), { code: 'STORE_INDEX_FAILED', message: /cannot be written.*EIO.*restart/ })
      assert.equal(rig.store.state.indexFailure?.code, 'STORE_INDEX_FAILED')
      assert.equal((await rig.store.put(keyed(['KEYS', 'k50']))).queueOffset, 51)
      faulty.disarm()
      await rig.reopen()
      assert.deepEqual(await find(rig, 'before'), [0])
      for (let n = 0; n <= 50; n++) assert.deepEqual(await find(rig, `k${n}`), [n + 1], operation)
      await rig.store.close()
    }
  })

  it('is no reason to refuse a query when only the read failed', async () => {
    const { rig, faulty } = await faultyRig()
    await rig.store.put(keyed(['KEYS', 'k']))
    await rig.reopen()
    faulty.arm({ operation: 'read', systemCode: 'EIO', path })
    await assert.rejects(find(rig, 'k'), { code: 'STORE_READ_FAILED', retriable: true })
    assert.deepEqual(await find(rig, 'k'), [0])
    await rig.store.close()
  })
})

type Step =
  | { kind: 'put'; unique: number; keys: number[]; tag: number | undefined }
  | { kind: 'wait'; ms: number }
  | { kind: 'reopen' }
  | { kind: 'kill' }
  | { kind: 'powerCut' }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({
      kind: fc.constant('put' as const),
      unique: fc.nat(1_000),
      keys: fc.array(fc.nat(12), { maxLength: 4 }),
      tag: fc.option(fc.nat(2), { nil: undefined }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('wait' as const), ms: fc.nat(90_000) }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'reopen' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'kill' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'powerCut' as const }) },
)

/** Which messages have a key, by kind of key and key. */
class Model {
  readonly #found = new Map<string, number[]>()

  add(kind: KeyKind, key: string, queueOffset: number): void {
    const name = `${kind} ${key}`
    const offsets = this.#found.get(name) ?? []
    if (offsets.at(-1) !== queueOffset) offsets.push(queueOffset)
    this.#found.set(name, offsets)
  }

  async check(rig: Rig): Promise<void> {
    for (const [name, offsets] of this.#found) {
      const [kind, key] = name.split(' ') as [KeyKind, string]
      assert.deepEqual(await find(rig, key, { kind }), offsets.slice(-64), name)
    }
  }
}

it('is a map from keys to messages, whatever is done to it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 80 }), fc.nat(), async (steps, seed) => {
      const random = new SeededRandom(seed)
      // Everything acknowledged is durable, so that no power cut takes a message.
      const rig = await Rig.open({ ...small, flushDiskType: 'SYNC_FLUSH' }, new CrashFileSystem())
      const model = new Model()
      for (const one of steps) await take(rig, model, one, random)
      await model.check(rig)
      await rig.store.close()
    }),
    { numRuns: 60 },
  )
})

async function take(rig: Rig, model: Model, step: Step, random: SeededRandom): Promise<void> {
  switch (step.kind) {
    case 'put': {
      const unique = `u${step.unique}`
      const keys = step.keys.map((key) => `k${key}`)
      const tag = step.tag === undefined ? [] : [['TAGS', `t${step.tag}`] satisfies [string, string]]
      const { queueOffset } = await rig.store.put(keyed(['UNIQ_KEY', unique], ['KEYS', keys.join(' ')], ...tag))
      model.add('uniqueKey', unique, queueOffset)
      for (const key of keys) model.add('key', key, queueOffset)
      if (step.tag !== undefined) model.add('tag', `t${step.tag}`, queueOffset)
      return
    }
    case 'wait':
      return rig.clock.advance(step.ms)
    case 'reopen':
      return void (await rig.reopen())
    case 'kill':
    case 'powerCut': {
      const files = rig.files as CrashFileSystem
      rig.files = step.kind === 'kill' ? files.kill() : files.crash(random)
      await rig.clock.settle()
      await rig.open()
      return model.check(rig)
    }
  }
}
