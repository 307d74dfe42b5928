import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type ChildProcess, type Logger, type ProcessEnd, type Processes, silentLogger } from '@cometmq/platform'
import { SimulatedClock } from '@cometmq/testkit'
import { shardLimits } from '../../src/shards/limits.ts'
import { ShardProcess, ShardStartError } from '../../src/shards/shard-process.ts'

const ready = '{"event":"ready","broker":"127.0.0.1:10921","brokerName":"broker-a-1"}'

/** A process of the test: it does what the test says. */
class FakeChild implements ChildProcess {
  readonly pid = 1
  readonly say: (stream: 'stdout' | 'stderr', line: string) => void
  readonly signals: string[] = []
  readonly #ended = Promise.withResolvers<ProcessEnd>()
  readonly ended = this.#ended.promise

  constructor(say: FakeChild['say']) {
    this.say = say
  }

  end(how: string, isSuccess = false): void {
    this.#ended.resolve({ isSuccess, how })
  }

  stop(): void {
    this.signals.push('stop')
  }

  kill(): void {
    this.signals.push('kill')
  }
}

function rig() {
  const clock = new SimulatedClock()
  const children: FakeChild[] = []
  const remarks: string[] = []
  const errors: string[] = []
  const logger: Logger = { ...silentLogger, error: (_, message) => void errors.push(message) }
  const processes: Processes = {
    async start(_args, onLine) {
      children.push(new FakeChild(onLine))
      return children.at(-1)!
    },
  }
  const shard = new ShardProcess('broker-a-1', [], { clock, logger, processes, remark: (line) => remarks.push(line) })
  return { clock, children, remarks, errors, shard, settle: () => clock.advance(0) }
}

async function serving() {
  const all = rig()
  const started = all.shard.start()
  await all.settle()
  all.children[0]!.say('stdout', ready)
  assert.equal((await started).broker, '127.0.0.1:10921')
  return all
}

test('it serves when it says so; what it logs carries its name', async () => {
  const { children, remarks, shard, settle } = await serving()
  children[0]!.say('stderr', 'hello')
  assert.deepEqual(remarks, ['broker-a-1 | hello'])
  const closed = shard.close()
  await settle()
  assert.deepEqual(children[0]!.signals, ['stop'])
  children[0]!.end('exit code 0', true)
  await closed
  assert.ok(shard.endedWell)
  await shard.close()
})

test('one that ends before it first serves fails the start, and is not started again', async () => {
  const { clock, children, shard, settle } = rig()
  const started = shard.start()
  await settle()
  children[0]!.end('exit code 1')
  await assert.rejects(started, ShardStartError)
  await shard.over
  await clock.advance(shardLimits.longestRestartMs)
  assert.equal(children.length, 1)
  assert.equal(shard.endedWell, false)
})

test('one that ends by itself is started again, later each time, and given up at last', async () => {
  const { clock, children, errors, shard, settle } = await serving()
  let waitedMs = 0
  for (let restart = 0; restart < shardLimits.restartsInARow; restart++) {
    children.at(-1)!.end('SIGKILL')
    await settle()
    const delayMs = Math.min(shardLimits.firstRestartMs * 2 ** restart, shardLimits.longestRestartMs)
    await clock.advance(delayMs - 1)
    assert.equal(children.length, restart + 1, 'not too early')
    await clock.advance(1)
    assert.equal(children.length, restart + 2)
    waitedMs += delayMs
  }
  assert.ok(waitedMs < 300_000)
  children.at(-1)!.end('exit code 1')
  await shard.over
  assert.equal(shard.endedWell, false)
  assert.match(errors.at(-1)!, /given up after 10 restarts in a row: its messages are not served/)
})

test('one that has served for a while is at the beginning of the row again', async () => {
  const { clock, children, errors, settle } = await serving()
  for (let round = 0; round < shardLimits.restartsInARow * 2; round++) {
    await clock.advance(shardLimits.steadyAfterMs)
    children.at(-1)!.end('SIGSEGV')
    await settle()
    assert.match(errors.at(-1)!, /started again in 1 s/)
    await clock.advance(shardLimits.firstRestartMs)
    children.at(-1)!.say('stdout', ready)
  }
})

test('closing while it waits to be started again starts nothing', async () => {
  const { clock, children, shard, settle } = await serving()
  children[0]!.end('SIGKILL')
  await settle()
  await shard.close()
  await clock.advance(shardLimits.longestRestartMs)
  assert.equal(children.length, 1)
})

test('closing while it starts asks it to close, and the start fails', async () => {
  const { children, shard, settle } = rig()
  const started = assert.rejects(shard.start(), ShardStartError)
  const closed = shard.close()
  await settle()
  children[0]!.say('stdout', ready)
  children[0]!.end('exit code 0', true)
  await Promise.all([closed, started])
  assert.ok(shard.endedWell)
})

test('one that does not close is killed', async () => {
  const { clock, children, errors, shard } = await serving()
  const closed = shard.close()
  await clock.advance(shardLimits.closeMs)
  assert.deepEqual(children[0]!.signals, ['stop', 'kill'])
  assert.match(errors[0]!, /has not closed after 60 s and is killed/)
  children[0]!.end('SIGKILL')
  await closed
  assert.equal(shard.endedWell, false)
})
