import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { type CometmqProcess, type Ready, run, startServer, temporaryFolder } from './cometmq-process.ts'

interface ShardsReady extends Ready {
  shards: { broker: string; brokerName: string; store: string }[]
}

async function startShards(context: TestContext, args: readonly string[]) {
  const server = await startServer(context, 'standalone', ['--shards', '2', ...args])
  return server as CometmqProcess & { ready: ShardsReady }
}

/** The processes of the shards, in the order in which they were started. */
function shardPids({ child: { pid } }: CometmqProcess): number[] {
  const pids = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').filter(Boolean).map(Number)
  return pids.sort((a, b) => a - b)
}

/** Resolves when a process that is not our child is gone. */
function gone(pid: number): Promise<unknown> {
  return once(spawn('tail', [`--pid=${pid}`, '-f', '/dev/null'], { stdio: 'ignore' }), 'exit')
}

test('--shards runs brokers of one cluster, and SIGTERM closes them all cleanly', async (context) => {
  const data = temporaryFolder(context)
  const server = await startShards(context, ['--data', data])
  const stores = [join(data, 'store'), join(data, 'shards', '1', 'store')]
  assert.deepEqual(
    server.ready.shards.map(({ brokerName, store }) => [brokerName, store]),
    [
      ['broker-a', stores[0]],
      ['broker-a-1', stores[1]],
    ],
  )
  assert.equal(server.ready.broker, server.ready.shards[0]!.broker)
  assert.ok(stores.every((store) => existsSync(join(store, 'abort'))))
  const pids = shardPids(server)
  assert.equal(pids.length, 2)
  const args = ['send', 'New', 'x', '--count', '32', '--json', '--namesrv', server.ready.nameServer!]
  const sent = (await run(context, args)).lines.map((line) => (JSON.parse(line) as { brokerName: string }).brokerName)
  assert.deepEqual([...new Set(sent)].sort(), ['broker-a', 'broker-a-1'], 'both take messages')
  server.child.kill('SIGTERM')
  assert.equal(await server.exited, 0, server.stderr)
  assert.ok(stores.every((store) => !existsSync(join(store, 'abort'))))
  assert.ok(pids.every((pid) => !existsSync(`/proc/${pid}`)))
})

test('a shard that is killed is started again, and its log lines carry its name', async (context) => {
  const server = await startShards(context, ['--data', temporaryFolder(context)])
  process.kill(shardPids(server)[1]!, 'SIGKILL')
  const log = await server.until(({ stderr }) => (stderr.includes('serves again') ? stderr : undefined))
  const lines = log.split('\n').filter((line) => line.startsWith('{'))
  const fields = lines.map((line) => JSON.parse(line) as { shard?: string; msg: string })
  assert.ok(fields.some(({ shard, msg }) => /^broker-a(-1)?$/.test(shard ?? '') && /started again in 1 s/.test(msg)))
  assert.ok(fields.some(({ shard, msg }) => shard !== undefined && /recovered the store/.test(msg)))
  assert.equal(shardPids(server).length, 2)
})

test('shards end with the process that started them, however it ended', async (context) => {
  const data = temporaryFolder(context)
  const server = await startShards(context, ['--data', data])
  const ended = Promise.all(shardPids(server).map(gone))
  server.child.kill('SIGKILL')
  await ended
  for (const { store } of server.ready.shards)
    assert.ok(!existsSync(join(store, 'abort')), `${store} was closed cleanly`)
})

test('a shard that cannot start ends the start of all, and what it said is there', async (context) => {
  const data = temporaryFolder(context)
  mkdirSync(join(data, 'shards', '1'), { recursive: true })
  writeFileSync(join(data, 'shards', '1', 'store'), 'not a folder')
  const ports = ['--listen', '127.0.0.1', '--namesrv-port', '0', '--broker-port', '0']
  const { code, stdout, stderr } = await run(context, ['standalone', '--shards', '2', '--data', data, ...ports])
  assert.equal(code, 1)
  assert.equal(stdout, '')
  assert.match(stderr, /^broker-a-1 \| cometmq: /m)
  assert.match(stderr, /^cometmq: broker-a-1 ended before it was ready \(exit code 1\); its last lines say why$/m)
})

test('shards that are not started any more are warned of', async (context) => {
  const data = temporaryFolder(context)
  mkdirSync(join(data, 'shards', '3'), { recursive: true })
  const server = await startServer(context, 'standalone', ['--data', data])
  await server.until(({ stderr }) =>
    /messages in .*shards\/3 and above are not served: start with --shards 4 until/.test(stderr) ? true : undefined,
  )
})

test('a further shard reads the changes that were noted for it alone', async (context) => {
  const folder = temporaryFolder(context)
  const config = join(folder, 'broker.conf')
  writeFileSync(config, 'brokerName=broker-x\nnoSuchThing=1\n')
  writeFileSync(`${config}.shard-1`, 'brokerClusterName=Other\n')
  const server = await startShards(context, ['--data', join(folder, 'data'), '--config', config])
  const shards = server.ready.shards as unknown as { brokerName: string; cluster: string }[]
  assert.deepEqual(
    shards.map(({ brokerName, cluster }) => `${brokerName} ${cluster}`),
    ['broker-x DefaultCluster', 'broker-x-1 Other'],
  )
  assert.equal(server.stderr.match(/noSuchThing is not known/g)?.length, 1, 'said once, not by every shard')
})
