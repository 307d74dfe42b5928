import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo, Server } from 'node:net'
import { test } from 'node:test'
import type { FillJob, ReadJob, SendJob } from '../../generator/job.ts'
import { runJob, senderFor } from '../../generator/run-job.ts'
import { MeasuredWindow } from '../../generator/window.ts'
import { acknowledgingServer } from '../../servers/loopback/acknowledging-server.ts'

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

function target(port: number) {
  const load = {
    protocol: 'rocketmq' as const,
    topic: 'T',
    topicQueues: 4,
    connections: 4,
    bodyBytes: 128,
    serverPids: [process.pid],
  }
  return { host: '127.0.0.1', port, ...load }
}

test('a fill sends exactly what was asked for, over more connections than divide it', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const job: FillJob = { kind: 'fill', batch: 1, ...target(await listening(server)), inFlight: 30, messages: 1001 }
  assert.equal((await runJob(job)).acknowledged, 1001)
})

test('a fill in batches counts messages, and refuses what is no whole number of them', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const port = await listening(server)
  const job: FillJob = { kind: 'fill', ...target(port), batch: 32, inFlight: 4, messages: 3_200 }
  assert.equal((await runJob(job)).acknowledged, 3_200)
  await assert.rejects(runJob({ ...job, messages: 3_201 }), /no whole number of batches/)
})

test('a send tells how its window went', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const timing = { leadInSeconds: 0.02, windowSeconds: 0.05 }
  const job: SendJob = { kind: 'send', batch: 1, ...target(await listening(server)), ...timing, inFlight: 8 }
  const { messages, acknowledged, latency, seconds, series } = await runJob(job)
  assert.ok(messages <= acknowledged, `${messages} of ${acknowledged}`)
  assert.equal(latency.count, messages)
  assert.ok(seconds > 0.04)
  assert.ok(series.atSeconds.length > 0)
})

test('acknowledgements count while the window is open, and only then', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const load = { ...target(await listening(server)), batch: 1, inFlight: 8, messages: 100 }
  for (const isOpen of [false, true]) {
    const window = new MeasuredWindow([])
    window.isOpen = isOpen
    const sender = senderFor(load, { ...load, window })
    await sender.open()
    sender.start()
    await sender.finished()
    sender.close()
    assert.deepEqual(
      [window.messages, window.latency.count, sender.acknowledged],
      isOpen ? [100, 100, 100] : [0, 0, 100],
    )
  }
})

test('a response code other than success fails the job and shows the header', async (context) => {
  const server = acknowledgingServer(14)
  context.after(() => server.close())
  const job: FillJob = { kind: 'fill', batch: 1, ...target(await listening(server)), inFlight: 2, messages: 6 }
  await assert.rejects(runJob(job), /code 14 came 6 times: \{"code":14/)
})

test('a server that hangs up fails the job', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const port = await listening(server)
  server.on('connection', (socket) => socket.once('data', () => socket.destroy()))
  const job: FillJob = { kind: 'fill', batch: 1, ...target(port), inFlight: 1, messages: 100_000 }
  await assert.rejects(runJob(job), /closed a connection|ECONNRESET|EPIPE/)
})

test('flow control is repeated, not counted and not a failure', async (context) => {
  const busy = acknowledgingServer(2)
  context.after(() => busy.close())
  const timing = { leadInSeconds: 0.01, windowSeconds: 0.3 }
  const job: SendJob = { kind: 'send', batch: 1, ...target(await listening(busy)), ...timing, inFlight: 4 }
  const { messages, acknowledged, refused } = await runJob(job)
  assert.deepEqual([messages, acknowledged], [0, 0])
  assert.ok(refused > 0)
})

test('a fill repeats what was refused for now, to its last message', async (context) => {
  const server = acknowledgingServer(0, 2, 0)
  context.after(() => server.close())
  const job: FillJob = { kind: 'fill', batch: 1, ...target(await listening(server)), inFlight: 30, messages: 1001 }
  assert.equal((await runJob(job)).acknowledged, 1001)
})

test('a pull answered with success but no message fails the job', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const timing = { leadInSeconds: 0, windowSeconds: 0.05 }
  const read = { kind: 'read', pullsInFlight: 4, storedMessages: 1 } as const
  const job: ReadJob = { ...read, ...target(await listening(server)), ...timing }
  await assert.rejects(runJob(job), /success but no message/)
})

test('at a fixed rate nothing leaves before it was meant to, and its lateness is known', async (context) => {
  const server = acknowledgingServer()
  context.after(() => server.close())
  const load = { ...target(await listening(server)), batch: 1, inFlight: 64, messages: 30, ratePerSecond: 1_000 }
  const sender = senderFor(load, load)
  await sender.open()
  const startedAtMs = performance.now()
  sender.start()
  await sender.finished()
  sender.close()
  assert.ok(performance.now() - startedAtMs >= 29, 'the last of 30 is meant for 29 ms after the first')
  assert.deepEqual([sender.acknowledged, sender.lateness.count], [30, 30])
})
