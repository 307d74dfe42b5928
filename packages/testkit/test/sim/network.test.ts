import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Connection } from '@cometmq/platform'
import { RecordedConnection } from '@cometmq/testkit/contracts'
import { SeededRandom, SimulatedClock, SimulatedNetwork, type SimulatedNetworkOptions } from '@cometmq/testkit/sim'

const a = '10.0.0.1'
const b = '10.0.0.2'
const port = 9876

function world(seed = 1, options: Partial<SimulatedNetworkOptions> = {}) {
  const clock = new SimulatedClock(0)
  return { clock, network: new SimulatedNetwork({ clock, random: new SeededRandom(seed), ...options }) }
}

/** A connection from `a` to a listener on `b`. */
async function joined({ clock, network }: ReturnType<typeof world>) {
  const { promise, resolve } = Promise.withResolvers<Connection>()
  await network.host(b).listen({ host: '0.0.0.0', port }, resolve)
  const client = new RecordedConnection(
    await clock.until(network.host(a).connect({ host: b, port }, { timeoutMs: 3_000 })),
  )
  const server = new RecordedConnection(await promise)
  client.start()
  server.start()
  return { client, server }
}

test('chunks are cut and joined anew, in many ways, and the same seed cuts the same', async () => {
  const run = async (seed: number) => {
    const subject = world(seed)
    const { client, server } = await joined(subject)
    for (let index = 0; index < 200; index++) {
      client.connection.write(Buffer.alloc(100, index))
      if (index % 10 === 0) await subject.clock.advance(1)
    }
    await subject.clock.until(server.received(20_000))
    return { lengths: server.chunkLengths, time: subject.clock.now() }
  }
  const { lengths, time } = await run(3)
  assert.ok(
    lengths.some((length) => length < 4),
    'some cut a length field',
  )
  assert.ok(
    lengths.some((length) => length > 200),
    'some join several writes',
  )
  assert.deepEqual(await run(3), { lengths, time })
  assert.notDeepEqual((await run(4)).lengths, lengths)
})

test('latency lies between its bounds', async () => {
  const subject = world(1, { latencyMs: { min: 20, max: 30 } })
  const { client, server } = await joined(subject)
  const begun = subject.clock.now()
  client.connection.write(Buffer.from('x'))
  await subject.clock.until(server.received(1))
  const tookMs = subject.clock.now() - begun
  assert.ok(tookMs >= 20 && tookMs <= 30, `${tookMs}`)
})

test('a partition holds everything back, and its end delivers everything', async () => {
  const subject = world()
  const { client, server } = await joined(subject)
  subject.network.partition(a, b)
  client.connection.write(Buffer.from('to b'))
  server.connection.write(Buffer.from('to a'))
  await subject.clock.advance(60_000)
  assert.deepEqual([client.bytesReceived, server.bytesReceived], [0, 0])
  subject.network.heal(a, b)
  await subject.clock.until(Promise.all([client.received(4), server.received(4)]))
  assert.equal(server.bytes.toString(), 'to b')
})

test('a partition may be one way only', async () => {
  const subject = world()
  const { client, server } = await joined(subject)
  subject.network.partition(a, b, { oneWay: true })
  client.connection.write(Buffer.from('to b'))
  server.connection.write(Buffer.from('to a'))
  await subject.clock.advance(1_000)
  assert.deepEqual([client.bytesReceived, server.bytesReceived], [4, 0])
  subject.network.healAll()
  await subject.clock.until(server.received(4))
})

test('a connection whose bytes do not arrive breaks in the end, at the end that sends', async () => {
  const subject = world(1, { giveUpAfterMs: 30_000 })
  const { client, server } = await joined(subject)
  subject.network.partition(a, b)
  client.connection.write(Buffer.from('lost'))
  await subject.clock.advance(31_000)
  assert.equal((client.reason as { systemCode?: string }).systemCode, 'ETIMEDOUT')
  assert.equal(server.closes, 0)
  subject.network.healAll()
  server.connection.write(Buffer.from('anybody there?'))
  await subject.clock.until(server.closed)
  assert.equal((server.reason as { systemCode?: string }).systemCode, 'ECONNRESET')
})

test('connect through a partition times out, or succeeds when it ends in time', async () => {
  const { clock, network } = world()
  await network.host(b).listen({ host: b, port }, () => {})
  network.partition(a, b)
  const failing = network.host(a).connect({ host: b, port }, { timeoutMs: 3_000 })
  await assert.rejects(clock.until(failing), { systemCode: 'ETIMEDOUT' })
  assert.equal(clock.now(), 3_000)
  const waiting = network.host(a).connect({ host: b, port }, { timeoutMs: 10_000 })
  await clock.advance(2_000)
  network.healAll()
  await clock.until(waiting)
})

test('a reset breaks both ends and loses what is under way', async () => {
  const subject = world()
  const { client, server } = await joined(subject)
  client.connection.write(Buffer.from('lost'))
  subject.network.reset(b, a)
  await subject.clock.until(Promise.all([client.closed, server.closed]))
  for (const end of [client, server]) assert.equal((end.reason as { systemCode?: string }).systemCode, 'ECONNRESET')
  await subject.clock.advance(1_000)
  assert.equal(server.bytesReceived, 0)
})

test('a killed process hears nothing, its peers hear a reset, and its port is free', async () => {
  const subject = world()
  const { client, server } = await joined(subject)
  client.connection.write(Buffer.from('lost'))
  subject.network.host(b).kill()
  await subject.clock.until(client.closed)
  assert.equal((client.reason as { systemCode?: string }).systemCode, 'ECONNRESET')
  await subject.clock.advance(60_000)
  assert.deepEqual([server.closes, server.bytesReceived], [0, 0])
  const connecting = subject.network.host(a).connect({ host: b, port }, { timeoutMs: 1_000 })
  await assert.rejects(subject.clock.until(connecting), { systemCode: 'ECONNREFUSED' })
  await subject.network.host(b).listen({ host: b, port }, () => {})
})

test('a host whose power is cut leaves its peers waiting', async () => {
  const subject = world()
  const { client } = await joined(subject)
  subject.network.partition(a, b)
  subject.network.host(b).kill()
  await subject.clock.advance(60_000)
  assert.equal(client.closes, 0)
})

test('a listener on loopback is for its own host alone', async () => {
  const { clock, network } = world()
  await network.host(b).listen({ host: '127.0.0.1', port }, () => {})
  const fromOutside = network.host(a).connect({ host: b, port }, { timeoutMs: 1_000 })
  await assert.rejects(clock.until(fromOutside), { systemCode: 'ECONNREFUSED' })
  const inside = await clock.until(network.host(b).connect({ host: 'localhost', port }, { timeoutMs: 1_000 }))
  assert.equal(inside.remote.host, '127.0.0.1')
})

test('nothing is left over when all connections are closed', async () => {
  const subject = world()
  const { client, server } = await joined(subject)
  client.connection.write(Buffer.alloc(1_000_000))
  client.connection.end()
  await subject.clock.until(server.closed)
  await subject.clock.advance(10_000)
  assert.equal(subject.clock.pendingTimers, 0)
  assert.deepEqual([subject.network.host(a).connections(), subject.network.host(b).connections()], [[], []])
})
