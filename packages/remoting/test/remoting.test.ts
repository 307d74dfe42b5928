import assert from 'node:assert/strict'
import { test } from 'node:test'
import { silentLogger } from '@cometmq/platform'
import { defineCommand, encodeFrame, responseCode, string } from '@cometmq/protocol'
import {
  ConnectionClosedError,
  handle,
  Lane,
  Refusal,
  RequestTimeoutError,
  type ResponseError,
  Router,
  remotingLimits,
} from '@cometmq/remoting'
import { echo, rig } from './fixture.ts'

test('pipelined requests are answered each with its own answer, in whatever order', async () => {
  for (const seed of [1, 2, 3]) {
    const { clock, client, address, close } = await rig({ seed })
    const asked = Array.from({ length: 50 }, (_, i) =>
      client.invoke(address, echo, { text: `t${i}`, delayMs: (i * 7) % 40 }, { body: Buffer.alloc(i * 997, i) }),
    )
    const answers = await clock.until(Promise.all(asked))
    answers.forEach(({ fields, body }, i) => {
      assert.equal(fields.text, `t${i}`)
      assert.deepEqual(body, Buffer.alloc(i * 997, i))
    })
    await close()
  }
})

test('an answer that does not come is a timeout, and the late one disturbs nobody', async () => {
  const { clock, client, address, close } = await rig()
  await assert.rejects(
    clock.until(client.invoke(address, echo, { text: 'late', delayMs: 500 }, { timeoutMs: 100 })),
    RequestTimeoutError,
  )
  const next = await clock.until(client.invoke(address, echo, { text: 'next', delayMs: 1_000 }))
  assert.equal(next.fields.text, 'next')
  await close()
})

test('a oneway request is carried out and never answered', async () => {
  const seen: string[] = []
  const note = defineCommand({ code: 9002, name: 'NOTE', action: 'any', request: { text: string() } })
  const take = handle(note, () => ({ text }) => {
    seen.push(text)
    if (text === 'bad') throw new Refusal(responseCode.INVALID_PARAMETER, 'bad')
    return {}
  })
  const { clock, client, address, close } = await rig({
    routes: () => [{ processor: take({}), lane: new Lane('note', 10) }],
  })
  await clock.until(client.oneway(address, note, { text: 'good' }))
  await clock.until(client.oneway(address, note, { text: 'bad' }))
  const answer = await clock.until(client.invoke(address, echo, { text: 'after' }))
  assert.equal(answer.fields.text, 'after')
  assert.deepEqual(seen, ['good', 'bad'])
  await close()
})

test('both sides of a connection may ask', async () => {
  const answer = handle(echo, () => ({ text }) => ({ fields: { text: `client says ${text}` } }))
  const clientRouter = new Router([{ processor: answer({}), lane: new Lane('client', 10) }], silentLogger)
  const { clock, client, server, address, close } = await rig({ clientRouter })
  await clock.until(client.invoke(address, echo, { text: 'hello' }))
  const [peer] = [...server.peers]
  assert.ok(peer)
  const fromClient = await clock.until(peer.invoke(echo, { text: 'who are you' }))
  assert.equal(fromClient.fields.text, 'client says who are you')
  await close()
})

test('an unknown code is answered, with a remark', async () => {
  const unknown = defineCommand({ code: 7777, name: 'UNKNOWN', action: 'any' })
  const { clock, client, address, close } = await rig()
  await assert.rejects(clock.until(client.invoke(address, unknown, {})), (error: ResponseError) => {
    assert.equal(error.responseCode, responseCode.REQUEST_CODE_NOT_SUPPORTED)
    assert.equal(error.remark, ' request type 7777 not supported')
    return true
  })
  await close()
})

const seldom = defineCommand({ code: 9004, name: 'SELDOM', action: 'any', request: { text: string() } })
const answerSeldom = handle(seldom, () => ({ text }) => ({ remark: `seldom ${text}` }))

test('routes that are seldom asked for are loaded once, with the first request that no other answers', async () => {
  let loads = 0
  const more = async () => {
    loads++
    return [{ processor: answerSeldom({}), lane: new Lane('seldom', 10) }]
  }
  const { clock, client, address, close } = await rig({ more })
  await clock.until(client.invoke(address, echo, { text: 'usual' }))
  assert.equal(loads, 0)
  const asked = ['a', 'b', 'c'].map((text) => client.invoke(address, seldom, { text }))
  const answers = await clock.until(Promise.all(asked))
  assert.deepEqual(
    answers.map(({ remark }) => remark),
    ['seldom a', 'seldom b', 'seldom c'],
  )
  const unknown = defineCommand({ code: 7777, name: 'UNKNOWN', action: 'any' })
  await assert.rejects(clock.until(client.invoke(address, unknown, {})), {
    responseCode: responseCode.REQUEST_CODE_NOT_SUPPORTED,
  })
  assert.equal(loads, 1)
  await close()
})

test('routes that cannot be loaded are an error for who asked, and the next request tries again', async () => {
  let loads = 0
  const more = async () => {
    if (loads++ === 0) throw new Error('the file is gone')
    return [{ processor: answerSeldom({}), lane: new Lane('seldom', 10) }]
  }
  const { clock, client, address, close } = await rig({ more })
  await assert.rejects(clock.until(client.invoke(address, seldom, { text: 'a' })), {
    responseCode: responseCode.SYSTEM_ERROR,
    remark: 'the file is gone',
  })
  assert.equal((await clock.until(client.invoke(address, seldom, { text: 'b' }))).remark, 'seldom b')
  await close()
})

test('a missing header field and a failing processor are answered with SYSTEM_ERROR and their reason', async () => {
  const fails = defineCommand({ code: 9003, name: 'FAILS', action: 'any' })
  const route = () => [
    {
      processor: handle(fails, () => () => {
        throw new Error('the disk is on fire')
      })({}),
      lane: new Lane('fails', 1),
    },
  ]
  const { clock, client, address, close } = await rig({ routes: route })
  await assert.rejects(clock.until(client.invoke(address, fails, {})), {
    responseCode: responseCode.SYSTEM_ERROR,
    remark: 'the disk is on fire',
  })
  const withoutFields = defineCommand({ code: echo.code, name: 'ECHO', action: 'any' })
  await assert.rejects(clock.until(client.invoke(address, withoutFields, {})), {
    responseCode: responseCode.SYSTEM_ERROR,
    remark: 'ECHO (9001) lacks the header field text',
  })
  await close()
})

test('a full lane answers SYSTEM_BUSY and says which; held requests do not fill it', async () => {
  const { clock, client, address, echoLane, close } = await rig({ laneLimit: 2 })
  const held = Array.from({ length: 5 }, () => client.invoke(address, echo, { text: 'held', delayMs: 300, hold: 1 }))
  const working = Array.from({ length: 2 }, () => client.invoke(address, echo, { text: 'working', delayMs: 300 }))
  const tooMany = client.invoke(address, echo, { text: 'too many' })
  await assert.rejects(clock.until(tooMany), (error: ResponseError) => {
    assert.equal(error.responseCode, responseCode.SYSTEM_BUSY)
    assert.match(
      error.remark ?? '',
      /^\[OVERLOAD\]system busy, start flow control for a while: 2 requests of lane "echo"/,
    )
    return true
  })
  await clock.until(Promise.all([...held, ...working]))
  assert.equal(echoLane.inProgress, 0)
  await close()
})

test('a malformed frame closes that connection, is logged once with peer and reason, and harms nobody else', async () => {
  const { clock, client, network, server, address, logged, close } = await rig()
  await clock.until(client.invoke(address, echo, { text: 'before' }))
  const bad = await clock.until(network.host('10.0.0.3').connect(address, { timeoutMs: 1_000 }))
  const closed = new Promise<void>((resolve) => bad.start({ data() {}, drained() {}, closed: () => resolve() }))
  bad.write(Buffer.from('GET / HTTP/1.1\r\nHost: somewhere\r\n\r\n'))
  await clock.until(closed)
  assert.equal(logged.length, 1)
  assert.match(String(logged[0]?.fields.peer), /^10\.0\.0\.3:/)
  assert.equal(logged[0]?.fields.hint, 'this is HTTP')
  assert.match(String(logged[0]?.fields.reason), /frame length 1195725856 is outside/)
  const after = await clock.until(client.invoke(address, echo, { text: 'after' }))
  assert.equal(after.fields.text, 'after')
  assert.equal(server.peers.size, 1)
  await close()
})

test('a header longer than its frame closes the connection', async () => {
  const { clock, network, address, server, close } = await rig()
  const bad = await clock.until(network.host('10.0.0.3').connect(address, { timeoutMs: 1_000 }))
  const closed = new Promise<void>((resolve) => bad.start({ data() {}, drained() {}, closed: () => resolve() }))
  const frame = encodeFrame({ code: 1, flag: 0, opaque: 1 }, 'json')
  frame.writeInt32BE(frame.length * 2, 4)
  bad.write(frame)
  await clock.until(closed)
  assert.equal(server.peers.size, 0)
  await close()
})

test('a connection without traffic is closed after two minutes, and the next request makes a new one', async () => {
  const { clock, client, server, address, close } = await rig()
  await clock.until(client.invoke(address, echo, { text: 'one' }))
  await clock.advance(remotingLimits.idleCloseMs - remotingLimits.idleScanMs)
  assert.equal(server.peers.size, 1)
  await clock.advance(3 * remotingLimits.idleScanMs)
  assert.equal(server.peers.size, 0)
  const again = await clock.until(client.invoke(address, echo, { text: 'two' }))
  assert.equal(again.fields.text, 'two')
  await close()
})

test('requests that wait when the connection closes fail at once', async () => {
  const { clock, client, server, address, close } = await rig()
  const waiting = client.invoke(address, echo, { text: 'x', delayMs: 60_000 }, { timeoutMs: 120_000 })
  await clock.advance(100)
  for (const peer of server.peers) peer.destroy()
  await assert.rejects(clock.until(waiting), ConnectionClosedError)
  await close()
})

test('a peer that pipelines without end is not read beyond the limit', async () => {
  const { clock, client, server, address, echoLane, close } = await rig({ laneLimit: 1_000_000 })
  const limit = remotingLimits.requestsInProgressPerConnection
  const count = limit + 2_000
  const asked = Array.from({ length: count }, (_, i) =>
    client.invoke(address, echo, { text: String(i), delayMs: 5_000 }, { timeoutMs: 60_000 }),
  )
  await clock.advance(3_000)
  assert.ok(echoLane.inProgress >= limit, `${echoLane.inProgress} in progress`)
  assert.ok(echoLane.inProgress < count, 'everything was read')
  const answers = await clock.until(Promise.all(asked))
  assert.equal(answers.length, count)
  assert.equal(server.peers.size, 1)
  await close()
})
