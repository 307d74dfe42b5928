import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { test } from 'node:test'
import { cutRemotingFrame } from '../../../generator/connection.ts'
import { requestCode } from '../../../generator/rocketmq/frame-template.ts'
import { Popper } from '../../../generator/rocketmq/popper.ts'
import { extFieldsOf, headerText } from '../../../generator/rocketmq/reply-scanner.ts'
import { MeasuredWindow } from '../../../generator/window.ts'

const bodyBytes = 8

function record(queueId: number, queueOffset: number): Buffer {
  const bytes = Buffer.alloc(88 + bodyBytes + 1 + 1 + 2)
  bytes.writeInt32BE(bytes.length, 0)
  bytes.writeUInt32BE(0xdaa320a7, 4)
  bytes.writeInt32BE(queueId, 12)
  bytes.writeUInt32BE(queueOffset, 24)
  bytes.writeInt32BE(bodyBytes, 84)
  return bytes
}

function answer(opaque: number, code: number, extFields: Record<string, string>, body = Buffer.alloc(0)): Buffer {
  const header = Buffer.from(JSON.stringify({ code, extFields, flag: 1, opaque, serializeTypeCurrentRPC: 'JSON' }))
  const head = Buffer.alloc(8)
  head.writeInt32BE(4 + header.length + body.length, 0)
  head.writeInt32BE(header.length, 4)
  return Buffer.concat([head, header, body])
}

/** A broker with two messages, which it hands out once; later pops time out at once. */
async function broker(ackCode: number) {
  const acknowledged: Record<string, string>[] = []
  let isHandedOut = false
  const receive = (socket: Socket, bytes: Buffer) => {
    const { code, opaque } = JSON.parse(headerText(bytes, 0)) as { code: number; opaque: number }
    if (code === requestCode.ack) {
      acknowledged.push(extFieldsOf(bytes, 0))
      return socket.write(answer(opaque, ackCode, {}))
    }
    if (isHandedOut) return socket.write(answer(opaque, 210, {}))
    isHandedOut = true
    const about = { popTime: '1000', invisibleTime: '60000', reviveQid: '5', startOffsetInfo: '0 1 40;0 3 7' }
    return socket.write(answer(opaque, 0, about, Buffer.concat([record(1, 41), record(3, 7)])))
  }
  const server = createServer((socket) => {
    let received = Buffer.alloc(0)
    // A popper that closes leaves answers unread, and its side then resets the connection.
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk])
      for (;;) {
        const end = cutRemotingFrame(received, 0, received.length)
        if (end < 0) return
        receive(socket, received.subarray(0, end))
        received = received.subarray(end)
      }
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, acknowledged, port: (server.address() as AddressInfo).port }
}

function popper(port: number): Popper {
  const place = { host: '127.0.0.1', port, topic: 'T', topicQueues: 4, connections: 1 }
  return new Popper({ ...place, bodyBytes, pullsInFlight: 1, atEnd: 'wait', window: new MeasuredWindow([]) })
}

test('what is popped is acknowledged as the pop said, and counted then', async (context) => {
  const { server, acknowledged, port } = await broker(0)
  const pops = popper(port)
  context.after(() => {
    pops.close()
    server.close()
  })
  await pops.open()
  pops.start()
  await pops.readExactly(2, 10_000)
  assert.deepEqual(
    acknowledged.map(({ queueId, offset, extraInfo }) => [queueId, offset, extraInfo]),
    [
      ['1', '41', '40 1000 60000 5 0 broker-a 1 41'],
      ['3', '7', '7 1000 60000 5 0 broker-a 3 7'],
    ],
  )
})

test('an acknowledgement that is refused fails the job', async (context) => {
  const { server, port } = await broker(1)
  const pops = popper(port)
  context.after(() => {
    pops.close()
    server.close()
  })
  await pops.open()
  pops.start()
  await assert.rejects(pops.failed(), /code 1 came 1 times/)
})
