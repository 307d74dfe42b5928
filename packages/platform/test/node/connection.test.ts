import assert from 'node:assert/strict'
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

test('connect gives up after its time', async () => {
  // An address that nobody has, by its registration.
  const connecting = nodeNetwork.connect({ host: '192.0.2.1', port: 9 }, { timeoutMs: 1 })
  await assert.rejects(awake(connecting), (error: { systemCode?: string }) => {
    return ['ETIMEDOUT', 'ENETUNREACH', 'EHOSTUNREACH'].includes(error.systemCode ?? '')
  })
})
