import { closeSync, fdatasyncSync, openSync, readSync, rmSync, writeSync } from 'node:fs'
import { dropPageCache } from './page-cache.ts'
import type { Figures } from './report/measurement.ts'

const bytesPerMb = 1e6
const rawReadBytes = 1024 * 1024
/** No more than this is written for one figure. */
const writtenLimitBytes = 2 * 1024 * 1024 * 1024
const readBytes = 1024 * 1024 * 1024
const readCheckedEvery = 64

/** One physical limit of the machine, measured in this process and nothing else running; `say` hears of what could not be. */
export interface Limit {
  readonly name: string
  measure(directory: string, seconds: number, say: (line: string) => void): Promise<Figures>
}

export const limits: readonly Limit[] = [
  ...[64, 1024].map((kb) => limit(`write in batches of ${kb} KB`, kb * 1024, writes)),
  ...[4, 64, 1024].map((kb) => limit(`fdatasync after ${kb} KB`, kb * 1024, syncedWrites)),
  limit('memory copy of 1 MB', 1024 * 1024, copies),
  {
    name: 'sequential read of 1 MB, cold',
    measure: async (directory, _seconds, say) => {
      const mbPerSecond = await rawReadMbPerSecond(directory, readBytes, say)
      return { limitMbPerSecond: mbPerSecond, limitPerSecond: (mbPerSecond * bytesPerMb) / rawReadBytes }
    },
  },
]

type Operations = (directory: string, bytes: number, until: () => boolean) => number

function limit(name: string, bytes: number, operations: Operations): Limit {
  return {
    name,
    async measure(directory, seconds) {
      // What the measurements before wrote must not be written out during this one.
      await dropPageCache()
      const startedAtMs = performance.now()
      const cpu = process.cpuUsage()
      const count = operations(directory, bytes, () => performance.now() - startedAtMs >= seconds * 1000)
      const took = (performance.now() - startedAtMs) / 1000
      const { user, system } = process.cpuUsage(cpu)
      return {
        limitPerSecond: count / took,
        limitMbPerSecond: (count * bytes) / took / bytesPerMb,
        limitCpuSecondsPerMillion: (user + system) / count,
      }
    },
  }
}

function writes(directory: string, bytes: number, until: () => boolean): number {
  return withFile(directory, (file) => writeUntil(file, bytes, until, () => {}))
}

function syncedWrites(directory: string, bytes: number, until: () => boolean): number {
  return withFile(directory, (file) => writeUntil(file, bytes, until, () => fdatasyncSync(file)))
}

function writeUntil(file: number, bytes: number, until: () => boolean, then: () => void): number {
  const content = Buffer.alloc(bytes, 'x')
  let count = 0
  for (; !until() && count * bytes < writtenLimitBytes; count += 1) {
    writeSync(file, content, 0, bytes, count * bytes)
    then()
  }
  return count
}

function copies(_directory: string, bytes: number, until: () => boolean): number {
  const [from, to] = [Buffer.alloc(bytes, 'x'), Buffer.alloc(bytes)]
  let count = 0
  for (; !until(); count += 1) to.set(from)
  return count
}

/** Megabytes a second of a file of this size that is not in memory, read from its beginning to its end. */
export async function rawReadMbPerSecond(
  directory: string,
  bytes: number,
  say: (line: string) => void,
): Promise<number> {
  const path = `${directory}/raw-read`
  try {
    const written = openSync(path, 'w')
    const content = Buffer.alloc(rawReadBytes, 'x')
    for (let at = 0; at < bytes; at += rawReadBytes) {
      writeSync(written, content, 0, rawReadBytes, at)
      // The bench's own timers and signals are served in between.
      if ((at / rawReadBytes) % readCheckedEvery === 0) await new Promise(setImmediate)
    }
    closeSync(written)
    const notDropped = await dropPageCache()
    if (notDropped !== undefined) say(notDropped)
    const file = openSync(path, 'r')
    const startedAtMs = performance.now()
    let read = 0
    for (let count = readSync(file, content, 0, rawReadBytes, 0); count > 0; ) {
      read += count
      count = readSync(file, content, 0, rawReadBytes, read)
    }
    const took = (performance.now() - startedAtMs) / 1000
    closeSync(file)
    return read / took / bytesPerMb
  } finally {
    rmSync(path, { force: true })
  }
}

function withFile(directory: string, work: (file: number) => number): number {
  const path = `${directory}/limit`
  const file = openSync(path, 'w')
  try {
    return work(file)
  } finally {
    closeSync(file)
    rmSync(path)
  }
}
