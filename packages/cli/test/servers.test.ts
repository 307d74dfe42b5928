import assert from 'node:assert/strict'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { CometmqProcess, run, startServer, temporaryFolder } from './cometmq-process.ts'

/** CPU time, since a busy machine stretches any other; without the compile cache it is about 800 ms, with it half of that. */
const startBoundCpuMs = 2_000
const idleBoundMb = 120
/** Closing takes a tenth of what starting does, however busy the machine is; nothing in it may wait for a time to be up. */
const closeBoundMs = 3_000
const closeBoundStarts = 10

test('standalone says where everything is, and how to send a first message', async (context) => {
  const data = temporaryFolder(context)
  const ports = ['--namesrv-port', '0', '--broker-port', '0']
  const server = new CometmqProcess(context, ['standalone', '--data', data, ...ports])
  await server.until(({ stdout }) => (/^ready in \d+ ms$/m.test(stdout) ? true : undefined))
  assert.match(server.stdout, /NameServer +listens on 0\.0\.0\.0:\d+/)
  assert.match(server.stdout, /broker +listens on 0\.0\.0\.0:\d+, broker-a of DefaultCluster/)
  assert.match(server.stdout, /advertising +127\.0\.0\.1:\d+: clients on other machines need --advertise <address>/)
  assert.ok(server.stdout.includes(`in ${data}/store`))
  assert.match(server.stdout, /npx cometmq send Hello 'first message' --namesrv 127\.0\.0\.1:\d+/)
  assert.match(server.lines().at(-1)!, /^ready in \d+ ms$/)
})

test('is ready and idle within its bounds', async (context) => {
  const server = await startServer(context, 'standalone', ['--data', temporaryFolder(context)])
  const read = (name: string) => readFileSync(`/proc/${server.child.pid}/${name}`, 'utf8')
  const residentMb = Number(/VmRSS:\s+(\d+)/.exec(read('status'))![1]) / 1024
  const ticks = read('stat')
    .replace(/^.*\) /, '')
    .split(' ')
  const cpuMs = (Number(ticks[11]) + Number(ticks[12])) * 10
  assert.ok(cpuMs < startBoundCpuMs, `${cpuMs} ms of CPU until ready, after ${server.ready.readyMs} ms`)
  assert.ok(residentMb < idleBoundMb, `${residentMb.toFixed(0)} MB resident`)
})

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} closes cleanly and quickly`, async (context) => {
    const server = await startServer(context, 'standalone', ['--data', temporaryFolder(context)])
    assert.ok(existsSync(join(server.ready.store!, 'abort')))
    const askedMs = performance.now()
    server.child.kill(signal)
    assert.equal(await server.exited, 0, server.stderr)
    const tookMs = performance.now() - askedMs
    const boundMs = closeBoundMs + closeBoundStarts * server.ready.readyMs
    assert.ok(tookMs < boundMs, `closing took ${tookMs} ms, more than ${boundMs}`)
    assert.ok(!existsSync(join(server.ready.store!, 'abort')), 'the mark of an unclean end is gone')
  })
}

test('a second broker on the same data directory is refused', async (context) => {
  const data = temporaryFolder(context)
  await startServer(context, 'standalone', ['--data', data])
  const ports = ['--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']
  const { code, stdout, stderr } = await run(context, ['standalone', '--data', data, '--log-level', 'silent', ...ports])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^cometmq: another broker uses the store .*\n$/)
})

test('a port in use is named, with the option that changes it', async (context) => {
  const taken = createServer().listen(0, '127.0.0.1')
  await new Promise((resolve) => taken.once('listening', resolve))
  context.after(() => taken.close())
  const port = String((taken.address() as { port: number }).port)
  const common = ['standalone', '--listen', '127.0.0.1', '--log-level', 'silent', '--data', temporaryFolder(context)]

  const nameServer = await run(context, [...common, '--namesrv-port', port, '--broker-port', '0'])
  assert.equal(nameServer.code, 1)
  assert.match(
    nameServer.stderr,
    new RegExp(`^cometmq: port ${port} for the NameServer is in use, .* --namesrv-port\n$`),
  )

  const broker = await run(context, [...common, '--namesrv-port', '0', '--broker-port', port])
  assert.equal(broker.code, 1)
  assert.match(broker.stderr, new RegExp(`^cometmq: port ${port} for the broker is in use, .* --broker-port\n$`))
})

test('an address that this machine does not have is named', async (context) => {
  const args = ['namesrv', '--listen', '203.0.113.1', '--namesrv-port', '0', '--data', temporaryFolder(context)]
  const { code, stderr } = await run(context, args)
  assert.equal(code, 1)
  assert.match(
    stderr,
    /^cometmq: the NameServer cannot listen on 203\.0\.113\.1:0: this machine has no such address; .* --listen\n$/,
  )
})

test('--log-level debug shows where a failure comes from', async (context) => {
  const args = ['namesrv', '--config', '/nowhere/broker.conf']
  const quiet = await run(context, args)
  assert.equal(
    quiet.stderr,
    'cometmq: cannot read the configuration file /nowhere/broker.conf: there is no such file\n',
  )
  const verbose = await run(context, [...args, '--log-level', 'debug'])
  assert.equal(verbose.code, 1)
  assert.match(verbose.stderr, /caused by: FileSystemError/)
})

test('the file counts unless the command line says otherwise, and what has no effect is warned of', async (context) => {
  const folder = temporaryFolder(context)
  const config = join(folder, 'broker.conf')
  writeFileSync(
    config,
    `brokerName=broker-x\nbrokerClusterName=C\nbrokerIP1=127.0.0.2\nlistenPort=1\nstorePathRootDir=${folder}/elsewhere\ntransientStorePoolEnable=true\nflushDiscType=SYNC_FLUSH\n`,
  )
  const given = await startServer(context, 'standalone', ['--config', config, '--data', `${folder}/data`])
  assert.equal(given.ready.store, `${folder}/data/store`)
  assert.match(given.ready.advertised!, /^127\.0\.0\.2:/)
  const log = await given.until(({ stderr }) => (stderr.includes('flushDiscType') ? stderr : undefined))
  assert.match(log, /storePathRootDir=.*elsewhere \(.*broker\.conf:5\) is not used: --data was given/)
  assert.match(log, /listenPort=1 \(.*broker\.conf:4\) is not used: --broker-port was given/)
  assert.match(log, /known to RocketMQ, has no effect in CometMQ yet: transientStorePoolEnable \(line 6\)/)
  assert.match(log, /broker\.conf:7: flushDiscType is not known; did you mean flushDiskType\?/)

  const fromFile = await startServer(context, 'standalone', ['--config', config, '--advertise', '127.0.0.1'])
  assert.equal(fromFile.ready.store, `${folder}/elsewhere`)
  assert.match(fromFile.ready.advertised!, /^127\.0\.0\.1:/)
})

test('a value that does not fit ends the start with file, line and what is allowed', async (context) => {
  const folder = temporaryFolder(context)
  writeFileSync(join(folder, 'b.conf'), '\nflushDiskType=NOW\n')
  const ports = ['--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0', '--log-level', 'silent']
  const { code, stderr } = await run(context, [
    'standalone',
    '--config',
    `${folder}/b.conf`,
    '--data',
    folder,
    ...ports,
  ])
  assert.equal(code, 1)
  assert.equal(stderr, `cometmq: ${folder}/b.conf:2: flushDiskType=NOW must be ASYNC_FLUSH or SYNC_FLUSH\n`)
})

test('an advertised address that does not answer is warned of', async (context) => {
  // Linux routes all of 127.0.0.0/8 to this machine, and nothing listens on this address.
  const server = await startServer(context, 'standalone', [
    '--data',
    temporaryFolder(context),
    '--advertise',
    '127.1.2.3',
  ])
  const log = await server.until(({ stderr }) => (stderr.includes('advertised address') ? stderr : undefined))
  assert.match(log, /cannot connect to our own advertised address 127\.1\.2\.3:\d+.*start with --advertise <address>/)
})
