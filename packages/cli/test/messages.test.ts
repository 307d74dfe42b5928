import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CometmqProcess, run, startServer, temporaryFolder } from './cometmq-process.ts'

test('a message is sent, and read by whoever comes later', async (context) => {
  const { ready } = await startServer(context, 'standalone', ['--data', temporaryFolder(context)])
  const namesrv = ['--namesrv', ready.nameServer!]

  const sent = await run(context, ['send', 'Hello', 'first message', '--tag', 'greeting', '--key', 'k1 k2', ...namesrv])
  assert.equal(sent.code, 0, sent.stderr)
  assert.match(sent.stdout, /^sent [0-9A-F]{32,56} to broker-a, queue \d, offset 0\n$/)

  const tail = await run(context, ['tail', 'Hello', '--count', '1', '--json', ...namesrv])
  assert.equal(tail.code, 0, tail.stderr)
  const message = JSON.parse(tail.stdout) as Record<string, unknown>
  assert.equal(message.messageId, /sent (\S+)/.exec(sent.stdout)![1])
  const { topic, tag, keys, body, bodyEncoding } = message
  const expected = { topic: 'Hello', tag: 'greeting', keys: 'k1 k2', body: 'first message', bodyEncoding: 'utf8' }
  assert.deepEqual({ topic, tag, keys, body, bodyEncoding }, expected)

  const text = await run(context, ['tail', 'Hello', '--count', '1', ...namesrv])
  assert.match(
    text.stdout,
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} {2}broker-a\/\d @0 {2}\[greeting\] {2}first message\n$/,
  )
})

test('tail waits for a topic that does not exist yet, misses nothing, and ends on a signal', async (context) => {
  const { ready } = await startServer(context, 'standalone', ['--data', temporaryFolder(context)])
  const namesrv = ['--namesrv', ready.nameServer!]
  const tail = new CometmqProcess(context, ['tail', 'Later', '--from', 'last', '--json', ...namesrv])
  await tail.until(({ stderr }) => (stderr.includes('there is no topic Later yet') ? true : undefined))
  const sent = await run(context, ['send', 'Later', 'x', '--count', '100', '--json', ...namesrv])
  assert.equal(sent.lines.length, 100)
  await tail.until((process) => (process.lines().length === 100 ? true : undefined))
  const idsOf = (lines: string[]) => new Set(lines.map((line) => (JSON.parse(line) as { messageId: string }).messageId))
  assert.deepEqual(idsOf(tail.lines()), idsOf(sent.lines))
  tail.child.kill('SIGINT')
  assert.equal(await tail.exited, 0)
})

test('tail from last shows only what comes from now on', async (context) => {
  const { ready } = await startServer(context, 'standalone', ['--data', temporaryFolder(context)])
  const namesrv = ['--namesrv', ready.nameServer!]
  await run(context, ['send', 'T', 'old', '--count', '20', ...namesrv])
  const tail = new CometmqProcess(context, [
    'tail',
    'T',
    '--from',
    'last',
    '--json',
    '--log-level',
    'debug',
    ...namesrv,
  ])
  // The reader tells no moment at which it reads, so messages come until it has seen one.
  const seen = tail.until((process) => process.lines()[0])
  let isSeen = false
  void seen.then(() => {
    isSeen = true
  })
  while (!isSeen) await run(context, ['send', 'T', 'new', ...namesrv])
  assert.equal((JSON.parse(await seen) as { body: string }).body, 'new')
})

test('NameServer and broker run as two processes too', async (context) => {
  const nameServer = await startServer(context, 'namesrv', ['--data', temporaryFolder(context)])
  const address = nameServer.ready.nameServer!
  const broker = await startServer(context, 'broker', ['--data', temporaryFolder(context), '--namesrv', address])
  assert.deepEqual(broker.ready.nameServers, [address])
  assert.equal(broker.ready.advertised, broker.ready.broker)
  assert.equal((await run(context, ['send', 'Hello', 'x', '--namesrv', address])).code, 0)
  broker.child.kill('SIGTERM')
  assert.equal(await broker.exited, 0)
  const homeless = await run(context, ['send', 'Hello', 'x', '--namesrv', address])
  assert.equal(homeless.code, 1)
  assert.match(homeless.stderr, /^cometmq: .*no broker/)
})

test('when nothing listens, the line says what to start', async (context) => {
  for (const args of [
    ['send', 'T', 'x'],
    ['tail', 'T'],
  ]) {
    const { code, stderr } = await run(context, [...args, '--namesrv', '127.0.0.1:1'])
    assert.equal(code, 1)
    assert.match(
      stderr,
      /^cometmq: no NameServer answers at 127\.0\.0\.1:1 \(ECONNREFUSED\); start one with "npx cometmq standalone"/,
    )
  }
})

test('names and bodies that RocketMQ does not have are refused before anything is sent', async (context) => {
  assert.match((await run(context, ['send', 'a b', 'x'])).stderr, /^cometmq: .*a b/)
  assert.match((await run(context, ['send', 'T', ''])).stderr, /^cometmq: the body is empty/)
})
