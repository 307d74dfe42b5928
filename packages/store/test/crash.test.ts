import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { File, FileSystem } from '@cometmq/platform'
import { CrashFileSystem, type SeededRandom } from '@cometmq/testkit/sim'
import { CrashWorkload } from './crash-workload.ts'
import { lyingFile } from './dying-files.ts'

const rounds = Number(process.env.CRASH_ROUNDS ?? 25)
const firstSeed = Number(process.env.CRASH_SEED ?? 1)

/** Ends the process at a random operation on the files, in the middle of whatever goes on. */
class DyingFiles {
  readonly crashing: CrashFileSystem
  readonly files: FileSystem
  #left = Number.POSITIVE_INFINITY

  constructor(crashing: CrashFileSystem, changeFile: (file: File) => File = (file) => file) {
    this.crashing = crashing
    const count = () => this.#count()
    this.files = counting(crashing, count, (value) => (isFile(value) ? counting(changeFile(value), count) : value))
  }

  dieAfter(operations: number): void {
    this.#left = operations
  }

  #count(): void {
    if (--this.#left === 0) this.crashing.shutDown()
  }
}

const isFile = (value: unknown): value is File => typeof (value as File | undefined)?.writeNow === 'function'

function counting<T extends object>(target: T, count: () => void, change: (value: unknown) => unknown = (v) => v): T {
  return new Proxy(target, {
    get(object, key) {
      const member = Reflect.get(object, key, object)
      if (typeof member !== 'function') return member
      return (...args: unknown[]) => {
        count()
        const result = member.apply(object, args)
        return result instanceof Promise ? result.then(change) : result
      }
    },
  })
}

/** Some lives of one store, each ended by a kill, a power cut, or a clean end, at any moment, recovery not excepted. */
async function runSeed(seed: number, changeFile?: (file: File) => File): Promise<void> {
  const workload = new CrashWorkload(seed)
  const { random } = workload
  let disk = new CrashFileSystem({ clock: workload.clock })
  for (let life = 0; life < 4; life++) {
    const dying = new DyingFiles(disk, changeFile)
    if (random.chance(0.6)) dying.dieAfter(1 + random.int(random.chance(0.3) ? 60 : 400))
    const wasOpened = await workload.open(dying.files).then(
      () => true,
      () => false,
    )
    if (wasOpened) await workload.run(random.int(40))
    const end = random.int(3)
    if (wasOpened && end === 0) await workload.clock.until(workload.store!.close()).catch(() => undefined)
    disk = await endLife(disk, random, end)
    await workload.clock.settle()
    disk = await checkLife(workload, disk, end === 2)
  }
}

async function endLife(disk: CrashFileSystem, random: SeededRandom, end: number): Promise<CrashFileSystem> {
  return end === 2 ? disk.crash(random) : disk.kill()
}

/** Opens what is left, checks it, and ends that life without a word too; answers the disk for the next one. */
async function checkLife(
  workload: CrashWorkload,
  disk: CrashFileSystem,
  wasPowerCut: boolean,
): Promise<CrashFileSystem> {
  await workload.open(disk)
  const found = await workload.read(disk)
  workload.checkPromises(found, wasPowerCut)
  workload.settle(found)
  const next = workload.random.chance(0.5) ? disk.kill() : disk.crash(workload.random)
  await workload.clock.settle()
  return next
}

describe('a store whose process ends at any moment', () => {
  it(`keeps its promises over ${rounds} seeds from ${firstSeed} on`, async () => {
    for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
      try {
        await runSeed(seed)
      } catch (error) {
        throw new Error(`seed ${seed} (CRASH_SEED=${seed} CRASH_ROUNDS=1): ${(error as Error).message}`, {
          cause: error,
        })
      }
    }
  })

  it('is found out when its disk lies about syncs', async () => {
    let found = 0
    for (let seed = 1; seed <= 30; seed++) await runSeed(seed, lyingFile).catch(() => found++)
    assert.ok(found > 0, 'a disk that never syncs keeps no promise, and nobody noticed')
  })
})
