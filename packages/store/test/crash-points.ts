import type { File, FileSystem } from '@cometmq/platform'
import { CrashFileSystem, SeededRandom } from '@cometmq/testkit/sim'
import { CrashWorkload } from './crash-workload.ts'

/** Of the writes, one in so many is a crash point; of the syncs, every one is. */
const writesPerPoint = 6
/** One in so many of the stores that were recovered is ended in the midst of its first steps, and recovered once more. */
const recoveriesPerSecondCrash = 4

/** A moment at which the process or the machine ends, and what the next process finds. */
interface CrashPoint {
  /** What happened: `before sync of …`. */
  readonly what: string
  readonly disk: CrashFileSystem
  /** What was promised by then. */
  readonly ledger: CrashWorkload
  readonly isPowerCut: boolean
}

export interface CrashPointOptions {
  readonly seed: number
  /** Changes an open file, such as into one that lies about syncs. */
  readonly changeFile?: (file: File) => File
  /** Check this one alone. */
  readonly onlyPoint?: number
}

/**
 * One life of a store under a random workload, from its start on, recovery included. At every sync of a file or folder, before and after, the power is cut, and at
 * random writes the power is cut or the process killed; each time on a copy, so that the life goes on. Each copy is opened and held against what was promised at that moment.
 * Answers the number of points. Throws with the number of the first point that breaks a promise.
 */
export async function crashAtEveryPoint({ seed, changeFile, onlyPoint }: CrashPointOptions): Promise<number> {
  const workload = new CrashWorkload(seed)
  const watched = new WatchedFiles(workload, changeFile)
  let checked = 0
  const check = async () => {
    for (const point of watched.take()) {
      const number = checked++
      if (onlyPoint !== undefined && number !== onlyPoint) continue
      await checkPoint(point).catch((error: Error) => {
        throw new Error(`crash point ${seed}:${number}, ${point.what}: ${error.message}`, { cause: error })
      })
    }
  }
  for (let life = 0; life < 2; life++) {
    await workload.open(watched.files)
    await check()
    for (let step = 0; step < 12; step++) {
      await workload.run(1)
      await check()
    }
    await workload.clock.until(workload.store!.close())
    await check()
  }
  return checked
}

async function checkPoint({ disk, ledger, isPowerCut }: CrashPoint): Promise<void> {
  await ledger.open(disk)
  const found = await ledger.read(disk)
  ledger.checkPromises(found, isPowerCut)
  ledger.settle(found)
  if (ledger.random.int(recoveriesPerSecondCrash) > 0) return end(ledger, disk)
  // Life goes on after a recovery, and may end again at once: all that it found must still be there.
  await ledger.run(2)
  const again = disk.crash(ledger.random)
  await ledger.clock.settle()
  await ledger.open(again)
  ledger.checkPromises(await ledger.read(again), true)
  end(ledger, again)
}

/** Nothing of the store may go on behind our back. */
function end(ledger: CrashWorkload, disk: CrashFileSystem): Promise<void> {
  disk.shutDown()
  return ledger.clock.settle()
}

/** The files of a life, which note crash points. */
class WatchedFiles {
  readonly files: FileSystem
  readonly #crashing: CrashFileSystem
  readonly #workload: CrashWorkload
  /** Apart from that of the workload, so that it does not depend on how many points there are. */
  readonly #random: SeededRandom
  #points: CrashPoint[] = []

  constructor(workload: CrashWorkload, changeFile: (file: File) => File = (file) => file) {
    this.#workload = workload
    this.#random = new SeededRandom(workload.random.seed ^ 0x5eed)
    this.#crashing = new CrashFileSystem({ clock: workload.clock })
    this.files = watching(this.#crashing, {
      syncDirectory: (operation, path) => this.#aroundSync(`sync of the folder ${path}`, operation),
      syncDisk: async (operation) => {
        this.#note('before the sync of the disk', true)
        const isDone = await operation()
        this.#note('after the sync of the disk', true)
        return isDone
      },
      writeNow: (operation, path) => {
        operation()
        this.#atRandom(`write to ${path}`)
      },
      rename: (operation, from) => this.#afterwards(`rename of ${from}`, operation),
      remove: (operation, path) => this.#afterwards(`removal of ${path}`, operation),
      open: async (operation) => this.#watchFile(changeFile((await operation()) as File)),
    })
  }

  take(): CrashPoint[] {
    const points = this.#points
    this.#points = []
    return points
  }

  #watchFile(file: File): File {
    return watching(file, {
      sync: (operation) => this.#aroundSync(`sync of ${file.path}`, operation),
      write: (operation) => this.#afterwards(`write to ${file.path}`, operation),
      truncate: (operation) => this.#afterwards(`length of ${file.path}`, operation),
      writeNow: (operation) => {
        operation()
        this.#atRandom(`write to ${file.path}`)
      },
    })
  }

  async #aroundSync(what: string, operation: () => unknown): Promise<void> {
    this.#note(`before the ${what}`, true)
    await operation()
    this.#note(`after the ${what}`, true)
  }

  async #afterwards(what: string, operation: () => unknown): Promise<void> {
    await operation()
    this.#atRandom(what)
  }

  #atRandom(what: string): void {
    if (this.#random.int(writesPerPoint) === 0) this.#note(`after a ${what}`, this.#random.chance(0.7))
  }

  #note(what: string, isPowerCut: boolean): void {
    const disk = isPowerCut ? this.#crashing.afterPowerCut(this.#random) : this.#crashing.afterKill()
    const ledger = this.#workload.fork(this.#random.int(0x7fffffff))
    this.#points.push({ what: `${isPowerCut ? 'power cut' : 'kill'} ${what}`, disk, ledger, isPowerCut })
  }
}

type Operation = (operation: () => unknown, ...args: string[]) => unknown

/** `target` with some of its methods wrapped. */
function watching<T extends object>(target: T, watched: Readonly<Record<string, Operation>>): T {
  return new Proxy(target, {
    get(object, key) {
      const member = Reflect.get(object, key, object)
      if (typeof member !== 'function') return member
      const watch = watched[key as string]
      if (watch === undefined) return member.bind(object)
      return (...args: string[]) => watch(() => member.apply(object, args), ...args)
    },
  })
}
