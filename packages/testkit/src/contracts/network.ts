import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { type Address, type Connection, type Listener, type Network, NetworkError } from '@cometmq/platform'
import { RecordedConnection } from './recorded-connection.ts'

export interface NetworkUnderTest {
  readonly network: Network
  /** Waits for `promise`, and makes time pass meanwhile. */
  until<T>(promise: Promise<T>): Promise<T>
}

const anyPort: Address = { host: '127.0.0.1', port: 0 }
const timeoutMs = 5_000
/** More than any system holds for one connection on loopback. */
const manyBytes = 16 * 1024 * 1024

/** What holds for every `Network`. */
export function networkContract(name: string, makeNetwork: () => NetworkUnderTest): void {
  describe(`network contract: ${name}`, () => {
    /** A listener, and both ends of a connection to it. */
    async function connected(): Promise<Ends> {
      const { network, until } = makeNetwork()
      const { promise: accepted, resolve: accept } = Promise.withResolvers<Connection>()
      const listener = await until(network.listen(anyPort, accept))
      const connection = await until(network.connect(listener.address, { timeoutMs }))
      const client = new RecordedConnection(connection)
      const server = new RecordedConnection(await until(accepted))
      return { network, until, listener, client, server }
    }

    async function close({ until, listener, client }: Ends): Promise<void> {
      client.connection.destroy()
      await until(listener.close())
    }

    listenerTests(makeNetwork, connected, close)
    deliveryTests(connected, close)
    closingTests(connected, close)
  })
}

interface Ends extends NetworkUnderTest {
  readonly listener: Listener
  readonly client: RecordedConnection
  readonly server: RecordedConnection
}

type Connect = () => Promise<Ends>
type Close = (ends: Ends) => Promise<void>

function listenerTests(makeNetwork: () => NetworkUnderTest, connected: Connect, close: Close): void {
  test('both ends know both addresses', async () => {
    const ends = await connected()
    const { local, remote } = ends.client.connection
    assert.ok(ends.listener.address.port > 0)
    assert.deepEqual(remote, ends.listener.address)
    assert.deepEqual(ends.server.connection.local, remote)
    assert.deepEqual(ends.server.connection.remote, local)
    await close(ends)
  })

  test('a port has one listener, and is free after its close', async () => {
    const { network, until } = makeNetwork()
    const listener = await until(network.listen(anyPort, () => {}))
    await fails(until(network.listen(listener.address, () => {})), 'EADDRINUSE')
    await until(Promise.all([listener.close(), listener.close()]))
    const again = await until(network.listen(listener.address, () => {}))
    assert.deepEqual(again.address, listener.address)
    await until(again.close())
  })

  test('an address of another machine cannot be listened on', async () => {
    const { network, until } = makeNetwork()
    await fails(until(network.listen({ host: '192.0.2.1', port: 0 }, () => {})), 'EADDRNOTAVAIL')
  })

  test('nobody listens: connect is refused', async () => {
    const { network, until } = makeNetwork()
    const listener = await until(network.listen(anyPort, () => {}))
    await until(listener.close())
    await fails(until(network.connect(listener.address, { timeoutMs })), 'ECONNREFUSED')
  })

  test('a name that nobody has is not found', async () => {
    const { network, until } = makeNetwork()
    const connecting = until(network.connect({ host: 'nobody.invalid', port: 1 }, { timeoutMs }))
    await assert.rejects(connecting, (error) => {
      // A resolver that cannot be reached says EAI_AGAIN.
      return error instanceof NetworkError && ['ENOTFOUND', 'EAI_AGAIN'].includes(error.systemCode)
    })
  })

  test('connect ends with the reason of its signal', async () => {
    const { network, until } = makeNetwork()
    const listener = await until(network.listen(anyPort, (connection) => connection.start(ignoring)))
    const reason = new Error('no longer needed')
    const controller = new AbortController()
    const connecting = network.connect(listener.address, { timeoutMs, signal: controller.signal })
    controller.abort(reason)
    await assert.rejects(until(connecting), reason)
    const late = network.connect(listener.address, { timeoutMs, signal: controller.signal })
    await assert.rejects(until(late), reason)
    await until(listener.close())
  })

  test('closing a listener closes what it accepted', async () => {
    const ends = await connected()
    ends.client.start()
    ends.server.start()
    await ends.until(ends.listener.close())
    assert.equal(ends.server.closes, 1)
    await ends.until(ends.client.closed)
  })
}

function deliveryTests(connected: Connect, close: Close): void {
  test('bytes arrive in order, both ways, as often as they are written', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    const sent = Array.from({ length: 500 }, (_, index) => Buffer.alloc((index * 37) % 1_000, index))
    for (const bytes of sent) client.connection.write(bytes)
    server.connection.write(Buffer.from('greetings'))
    const all = Buffer.concat(sent)
    await until(Promise.all([server.received(all.length), client.received(9)]))
    assert.deepEqual(server.bytes, all)
    assert.equal(client.bytes.toString(), 'greetings')
    await close(ends)
  })

  test('what is sent before the start waits for it', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    client.connection.write(Buffer.from('first'))
    server.connection.write(Buffer.from('hello'))
    await until(client.received(5))
    assert.equal(server.bytes.length, 0)
    server.start()
    await until(server.received(5))
    assert.equal(server.bytes.toString(), 'first')
    await close(ends)
  })

  test('chunks belong to their receiver', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    server.onData = (chunk) => chunk.fill(0)
    const sent = Buffer.alloc(100_000, 'x')
    client.connection.write(sent)
    await until(server.received(sent.length))
    assert.ok(sent.every((byte) => byte === 0x78))
    assert.ok(server.bytes.every((byte) => byte === 0x78))
    await close(ends)
  })

  test('a receiver that pauses holds the sender back, and drained tells when the way is free', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    server.connection.pause()
    client.connection.write(Buffer.alloc(manyBytes, 1))
    client.connection.write(Buffer.alloc(10, 2))
    assert.ok(client.connection.pendingBytes > 0)
    // The way back is free, and one round trip shows that nothing moves any more.
    server.connection.write(Buffer.from('x'))
    await until(client.received(1))
    assert.ok(client.connection.pendingBytes > 0)
    assert.equal(client.drains, 0)
    assert.ok(server.bytesReceived < manyBytes)
    server.connection.resume()
    await until(Promise.all([server.received(manyBytes + 10), client.drained]))
    assert.equal(client.drains, 1)
    assert.equal(client.connection.pendingBytes, 0)
    assert.deepEqual(server.bytes.subarray(manyBytes), Buffer.alloc(10, 2))
    await close(ends)
  })

  test('a pause from inside a delivery holds at once', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    let deliveries = 0
    const { promise: paused, resolve } = Promise.withResolvers<void>()
    server.onData = () => {
      deliveries++
      server.connection.pause()
      resolve()
    }
    for (let index = 0; index < 100; index++) client.connection.write(Buffer.alloc(10_000))
    await until(paused)
    server.connection.write(Buffer.from('x'))
    await until(client.received(1))
    assert.equal(deliveries, 1)
    server.onData = () => {}
    server.connection.resume()
    await until(server.received(1_000_000))
    await close(ends)
  })
}

function closingTests(connected: Connect, close: Close): void {
  test('end sends what is pending first, then both ends close without a reason', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    client.connection.write(Buffer.alloc(manyBytes, 3))
    client.connection.end()
    client.connection.end()
    client.connection.write(Buffer.from('too late'))
    await until(Promise.all([client.closed, server.closed]))
    assert.equal(server.bytesReceived, manyBytes)
    assert.equal(client.reason, undefined)
    assert.equal(server.reason, undefined)
    await close(ends)
  })

  test('end delivers the last bytes even when the peer had sent what nobody read', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    client.connection.write(Buffer.alloc(50_000))
    server.connection.write(Buffer.alloc(1_000_000, 5))
    server.connection.end()
    await until(client.closed)
    assert.equal(client.bytesReceived, 1_000_000)
    assert.equal(client.reason, undefined)
    await close(ends)
  })

  test('destroy closes at once, tells its reason on its own side, and may be repeated', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    const reason = new Error('malformed frame')
    server.connection.destroy(reason)
    server.connection.destroy(new Error('another'))
    assert.equal(server.closes, 0, 'closed comes later, not from inside destroy')
    server.connection.write(Buffer.from('ignored'))
    await until(Promise.all([client.closed, server.closed]))
    assert.equal(server.reason, reason)
    assert.notEqual(client.reason, reason)
    assert.equal(server.connection.pendingBytes, 0)
    client.connection.write(Buffer.from('ignored'))
    client.connection.end()
    client.connection.destroy()
    await close(ends)
    assert.deepEqual([client.closes, server.closes], [1, 1])
  })

  test('a destroy from inside a delivery is the last of it', async () => {
    const ends = await connected()
    const { client, server, until } = ends
    client.start()
    server.start()
    let deliveries = 0
    server.onData = () => {
      deliveries++
      server.connection.destroy()
    }
    for (let index = 0; index < 50; index++) client.connection.write(Buffer.alloc(20_000))
    await until(Promise.all([client.closed, server.closed]))
    assert.equal(deliveries, 1)
    await close(ends)
  })

  test('a connection that closed before its start tells so after it', async () => {
    const ends = await connected()
    const { server, until } = ends
    server.connection.destroy()
    ends.client.start()
    await until(ends.client.closed)
    server.start()
    await until(server.closed)
    assert.equal(server.bytesReceived, 0)
    await close(ends)
  })
}

const ignoring = { data() {}, drained() {}, closed() {} }

function fails(work: Promise<unknown>, systemCode: string): Promise<void> {
  return assert.rejects(work, (error) => {
    assert.ok(error instanceof NetworkError, `${error}`)
    assert.equal(error.systemCode, systemCode)
    return true
  })
}
