import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { test } from 'node:test'
import type { Connection } from '@cometmq/platform'
import { nodeNetwork } from '@cometmq/platform/node'
import { RecordedConnection } from '@cometmq/testkit/contracts'
import { awake } from '../awake.ts'

test('an IPv4 peer of a socket for both families shows its IPv4 address', async () => {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>()
  const listener = await nodeNetwork.listen({ host: '::', port: 0 }, resolve)
  const socket = connect(listener.address.port, '127.0.0.1')
  const { local, remote } = await awake(accepted)
  assert.equal(remote.host, '127.0.0.1')
  assert.equal(local.host, '127.0.0.1')
  await listener.close()
  socket.destroy()
})

test('a peer that resets is a reason with its code', async () => {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>()
  const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, resolve)
  const socket = connect(listener.address.port, '127.0.0.1')
  const server = new RecordedConnection(await awake(accepted))
  server.start()
  socket.resetAndDestroy()
  await awake(server.closed)
  assert.equal((server.reason as { systemCode?: string }).systemCode, 'ECONNRESET')
  assert.match(server.reason!.message, /^the connection with 127\.0\.0\.1:\d+ broke: ECONNRESET$/)
  await listener.close()
})

test('a peer that closes only its own half still gets what was pending', async () => {
  const { promise: accepted, resolve } = Promise.withResolvers<Connection>()
  const listener = await nodeNetwork.listen({ host: '127.0.0.1', port: 0 }, resolve)
  const socket = connect({ port: listener.address.port, host: '127.0.0.1', allowHalfOpen: true })
  const server = new RecordedConnection(await awake(accepted))
  server.onData = () => server.connection.write(Buffer.alloc(8_000_000))
  server.start()
  socket.end('go')
  let received = 0
  for await (const chunk of socket as AsyncIterable<Buffer>) received += chunk.length
  await awake(server.closed)
  assert.equal(received, 8_000_000)
  assert.equal(server.reason, undefined)
  await listener.close()
})

/** A listener that takes two connections and no more: it is stopped, and they fill its queue. */
const neverAccepts = `require('node:net').createServer().listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () {
  console.log(this.address().port)
})`

test('connect gives up after its time', async () => {
  const listener = spawn(process.execPath, ['-e', neverAccepts], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(listener.stdout, 'data')) as [Buffer]
  listener.kill('SIGSTOP')
  const address = { host: '127.0.0.1', port: Number(line.toString()) }
  const filling = Array.from({ length: 4 }, () => connect(address).on('error', () => {}))
  try {
    // The system may let in one more while it fills.
    const connecting = Array.from({ length: 4 }, () => nodeNetwork.connect(address, { timeoutMs: 100 }))
    const outcomes = await awake(Promise.allSettled(connecting))
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
    assert.ok(refused.length > 0, 'none was kept waiting')
    for (const { reason } of refused) assert.equal(reason.systemCode, 'ETIMEDOUT')
    for (const outcome of outcomes) if (outcome.status === 'fulfilled') outcome.value.destroy()
  } finally {
    for (const socket of filling) socket.destroy()
    listener.kill('SIGKILL')
  }
})
