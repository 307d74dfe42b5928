import assert from 'node:assert/strict'
import { it } from 'node:test'
import { runManyQueues } from '../../bench/many-queues.bench.ts'
import { runRecovery } from '../../bench/recovery.bench.ts'

it('the benchmark of many queues runs', async () => {
  const [figure] = await runManyQueues([30, 60], { messages: 500, rounds: 2 })
  assert.ok(figure!.sendsPerSecond.median > 0 && figure!.cleanOpenMs > 0 && figure!.killedOpenMs > 0)
})

it('the benchmark of recovery runs', async () => {
  const { openMs, logBytes, recoveredRecords } = await runRecovery(1_000_000, 128)
  assert.ok(openMs > 0 && logBytes >= 1_000_000 && recoveredRecords > 4_000)
})
