import assert from 'node:assert/strict'
import { open, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { run, startServer, temporaryFolder } from './cometmq-process.ts'

/** A data folder with ten messages, whose server has ended. */
async function dataFolder(context: TestContext): Promise<string> {
  const data = temporaryFolder(context)
  const server = await startServer(context, 'standalone', ['--data', data])
  const sent = await run(context, ['send', 'Hello', 'text', '--count', '10', '--namesrv', server.ready.nameServer!])
  assert.equal(sent.code, 0, sent.stderr)
  const busy = await run(context, ['store', 'check', data])
  assert.equal(busy.code, 2)
  assert.match(busy.stderr, /a broker uses the store: stop the broker/)
  server.child.kill('SIGTERM')
  assert.equal(await server.exited, 0)
  return data
}

async function damage(folder: string, name: string, position: number): Promise<void> {
  const file = await open(join(folder, name), 'r+')
  await file.write(Buffer.from('damage'), 0, 6, position)
  await file.close()
}

test('store check says that all is well, what is damaged, and store repair mends it', async (context) => {
  const data = await dataFolder(context)
  const fine = await run(context, ['store', 'check', data])
  assert.equal(fine.code, 0, fine.stdout + fine.stderr)
  assert.match(fine.stdout, /: no damage; it was closed\n {2}log +10 records from 0 to \d+, 1 files of 1 GiB\n/)
  assert.equal(fine.stderr, '', 'no progress where nobody watches')

  const queues = join(data, 'store/consumequeue/Hello')
  const [queue] = await readdir(queues)
  await damage(queues, `${queue}/${'0'.repeat(20)}`, 0)
  const damaged = await run(context, ['store', 'check', join(data, 'store')])
  assert.equal(damaged.code, 1)
  assert.match(damaged.stdout, /^damage: .*consumequeue\/Hello\/\d: message 0 .*\[queue-unit-/)
  const json = await run(context, ['store', 'check', data, '--json'])
  assert.equal(json.code, 1)
  assert.equal((JSON.parse(json.stdout) as { damages: number }).damages, 1)

  const repaired = await run(context, ['store', 'repair', data])
  assert.equal(repaired.code, 0, repaired.stderr)
  assert.match(repaired.stdout, /moved consumequeue to .*\nrepaired .* what was replaced is in .*repair-\d{14}/s)
  assert.equal((await run(context, ['store', 'check', data])).code, 0)

  await damage(join(data, 'store/commitlog'), '0'.repeat(20), 90)
  const refused = await run(context, ['store', 'repair', data])
  assert.equal(refused.code, 2)
  assert.match(refused.stderr, /the log is damaged at 0 .*with 9 good records behind; nothing was changed/)
  const cut = await run(context, ['store', 'repair', data, '--cut-log-at-damage', '--json'])
  assert.equal(cut.code, 1, `${cut.stdout}${cut.stderr}`)
  const { cut: loss } = JSON.parse(cut.stdout) as { cut: { at: number; goodRecords: number } }
  assert.deepEqual([loss.at, loss.goodRecords], [0, 9])
})

test('store check and repair refuse what is no store', async (context) => {
  for (const command of ['check', 'repair']) {
    const { code, stderr } = await run(context, ['store', command, temporaryFolder(context)])
    assert.equal(code, 2)
    assert.match(stderr, /^cometmq: there is no store in .*: name the folder that holds commitlog/)
  }
})
