import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CrashFileSystem, type MemoryFileSystem } from '@cometmq/testkit/sim'
import { brokerAddress, configDirectory, Rig } from './rig.ts'
import { TestClient } from './test-client.ts'

test('a stopped broker has everything when it is started again', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const client = rig.client()
  for (let i = 0; i < 50; i++) await client.send('T1', `m${i}`)
  await rig.stop(first)
  assert.equal(await rig.files.stat('/data/store/abort'), undefined)
  await rig.broker()
  assert.equal((await client.bodies('T1')).length, 50)
  assert.equal((await client.send('T1', 'next')).queueOffset, 50)
})

test('a killed broker has every acknowledged message when it is started again', async () => {
  for (let seed = 1; seed <= 5; seed++) {
    let files = new CrashFileSystem()
    await using rig = new Rig({ seed, files })
    const acknowledged = new Set<string>()
    let sent = 0
    for (let round = 0; round < 3; round++) {
      const broker = await rig.broker()
      const client = rig.client(`10.0.3.${round}`)
      const sending = Array.from({ length: 40 }, async () => {
        const body = `m${sent++}`
        await client.sending(`T${sent % 3}`, body)
        acknowledged.add(body)
      })
      for (const each of sending) each.catch(() => {})
      await rig.clock.advance(rig.random.int(30))
      files = files.kill()
      await rig.kill(broker)
      rig.files = files
    }
    await rig.broker()
    const reader = rig.client('10.0.4.1')
    const found = new Set<string>()
    for (const topic of ['T0', 'T1', 'T2']) {
      const bodies = await reader.bodies(topic).catch(() => [])
      assert.equal(new Set(bodies).size, bodies.length, 'no message twice')
      for (const body of bodies) found.add(body)
    }
    for (const body of acknowledged) assert.ok(found.has(body), `seed ${seed}: ${body}`)
  }
})

test('while a broker closes, a message is acknowledged and kept, or not acknowledged', async () => {
  await using rig = new Rig()
  const first = await rig.broker()
  const client = rig.client()
  await client.createTopic('T1')
  const acknowledged: string[] = []
  const sends = Array.from({ length: 100 }, async (_, i) => {
    await new Promise<void>((resolve) => rig.clock.after(i / 5, resolve))
    await client.sending('T1', `m${i}`)
    acknowledged.push(`m${i}`)
  })
  const settled = Promise.allSettled(sends)
  await rig.clock.advance(8)
  await rig.stop(first)
  await rig.clock.until(settled)
  assert.ok(acknowledged.length > 0 && acknowledged.length < 100)
  await rig.broker()
  const bodies = new Set(await client.bodies('T1'))
  for (const body of acknowledged) assert.ok(bodies.has(body), body)
})

test('clients of the VIP channel are served two ports below', async () => {
  await using rig = new Rig()
  await rig.broker()
  const vip = { host: brokerAddress.host, port: brokerAddress.port - 2 }
  const client = new TestClient(rig.clock, 'vip', vip, rig.network.host('10.0.0.7'))
  await client.send('T1', 'fast')
  assert.deepEqual(await client.bodies('T1'), ['fast'])
  await client.disconnect()
})

test('a second broker on the same store is refused, and the first goes on', async () => {
  await using rig = new Rig()
  await rig.broker()
  await assert.rejects(rig.broker({}, {}, '10.0.0.9'), /another broker uses the store .*4242/)
  await rig.client().send('T1', 'x')
})

test('a broker that cannot start gives everything back', async () => {
  await using rig = new Rig()
  const other = { configDirectory: '/other/config' }
  const first = await rig.broker()
  await assert.rejects(rig.broker(other, { storePathRootDir: '/other' }), /EADDRINUSE|cannot listen/)
  await rig.stop(first)
  await rig.stop(await rig.broker(other, { storePathRootDir: '/other' }))
  const file = await rig.files.open('/other/config/topics.json', { create: true })
  await file.truncate(0)
  await file.write(Buffer.from('{"dataVersion":'), 0)
  await file.close()
  await rig.files.remove('/other/config/topics.json.bak')
  await assert.rejects(rig.broker(other, { storePathRootDir: '/other' }), /topics\.json/)
  await rig.files.remove('/other/config/topics.json')
  await rig.broker(other, { storePathRootDir: '/other' })
})

test('close twice is close once, and no timer is left behind', async () => {
  const rig = new Rig()
  const broker = await rig.broker()
  const client = rig.client()
  await client.send('T1', 'x')
  await client.join('CG', ['T1'])
  await rig.clock.until(Promise.all([broker.close(), broker.close()]))
  await rig[Symbol.asyncDispose]()
  // Timers that run once may be under way.
  await rig.clock.advance(1_000)
  assert.equal(rig.clock.pendingTimers, 0)
})

test('nothing lies outside the directories that were named', async () => {
  await using rig = new Rig()
  const broker = await rig.broker()
  await rig.client().send('T1', 'x')
  await rig.stop(broker)
  const files = rig.files as MemoryFileSystem
  assert.deepEqual(
    (await files.list('/')).map(({ name }) => name),
    ['data'],
  )
  assert.ok((await files.list(configDirectory)).some(({ name }) => name === 'topics.json'))
})
