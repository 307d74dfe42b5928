import assert from 'node:assert/strict'
import { it } from 'node:test'
import { CrashFileSystem, FaultyFileSystem } from '@cometmq/testkit/sim'
import { CrashWorkload } from '../crash-workload.ts'

const rounds = Number(process.env.FULL_ROUNDS ?? 12)
const firstSeed = Number(process.env.FULL_SEED ?? 1)

/** Writes find no room at random, in part or at all; then the process is killed or the power is cut. */
async function runSeed(seed: number): Promise<{ refused: number; acknowledged: number }> {
  const workload = new CrashWorkload(seed)
  workload.deletesTopics = false
  const { random, clock } = workload
  let disk = new CrashFileSystem({ clock })
  let acknowledged = 0
  for (let life = 0; life < 3; life++) {
    const randomFaults = [
      { operation: 'write', systemCode: 'ENOSPC', probability: 0.05, path: /commitlog|consumequeue/ },
    ] as const
    await workload.open(new FaultyFileSystem(disk, { random, randomFaults }))
    await workload.run(30 + random.int(30))
    acknowledged += workload.acknowledged.size
    const wasPowerCut = random.chance(0.3)
    disk = wasPowerCut ? disk.crash(random) : disk.kill()
    await clock.settle()
    await workload.open(disk)
    const found = await workload.read(disk)
    workload.checkPromises(found, wasPowerCut)
    workload.settle(found)
    disk = disk.kill()
    await clock.settle()
  }
  return { refused: workload.refused.size, acknowledged }
}

it(`nothing that was acknowledged is lost, and nothing that was refused is there, over ${rounds} seeds from ${firstSeed} on`, async () => {
  let refused = 0
  let acknowledged = 0
  for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
    const counts = await runSeed(seed).catch((error: Error) => {
      throw new Error(`seed ${seed} (FULL_SEED=${seed} FULL_ROUNDS=1): ${error.message}`, { cause: error })
    })
    refused += counts.refused
    acknowledged += counts.acknowledged
  }
  assert.ok(refused > 0 && acknowledged > refused, `${refused} refused, ${acknowledged} acknowledged`)
})
