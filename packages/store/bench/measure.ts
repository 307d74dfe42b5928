import v8 from 'node:v8'

/** What one round cost. */
export interface Round {
  operations: number
  bytes: number
  seconds: number
  /** Of the time that this process was on a core, other threads included. */
  cpuSeconds: number
  /** The same of the thread of the event loop alone. */
  loopCpuSeconds: number
  /** Taken from the heap, whether it was given back or not. */
  heapBytes: number
  /** Memory of buffers, as far as the collections show it: what is freed between two of them is not seen. */
  externalBytes: number
  pausesMs: number[]
}

export interface Figure {
  name: string
  operations: number
  nsPerOperation: number
  cpuNsPerOperation: number
  loopCpuNsPerOperation: number
  megabytesPerSecond: number
  heapBytesPerOperation: number
  externalBytesPerOperation: number
  pauses: { count: number; maxMs: number; totalMs: number }
  /** Latencies of single operations, where they were taken. */
  p99Ms?: number
  /** Speed relative to another figure of the same rounds, in bytes a second. */
  ratios?: Record<string, number>
  notes?: string
}

export interface Work {
  operations: number
  bytes: number
}

/** Runs `work` once, with every collection of garbage that happens meanwhile. */
export async function measureRound(work: () => Promise<Work>): Promise<Round> {
  const profiler = new v8.GCProfiler()
  const before = memory()
  profiler.start()
  const cpuBefore = process.cpuUsage()
  const loopBefore = process.threadCpuUsage()
  const start = performance.now()
  const { operations, bytes } = await work()
  const seconds = (performance.now() - start) / 1000
  const { user, system } = process.cpuUsage(cpuBefore)
  const loop = process.threadCpuUsage(loopBefore)
  const collections = profiler.stop()?.statistics ?? []
  const after = memory()
  let heapBytes = after.heap - before.heap
  let externalBytes = after.external - before.external
  for (const { beforeGC, afterGC } of collections) {
    heapBytes += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
    externalBytes += beforeGC.heapStatistics.externalMemory - afterGC.heapStatistics.externalMemory
  }
  const pausesMs = collections.map(({ cost }) => cost / 1000)
  return {
    operations,
    bytes,
    seconds,
    cpuSeconds: (user + system) / 1e6,
    loopCpuSeconds: (loop.user + loop.system) / 1e6,
    heapBytes,
    externalBytes,
    pausesMs,
  }
}

function memory(): { heap: number; external: number } {
  const { used_heap_size: heap, external_memory: external } = v8.getHeapStatistics()
  return { heap, external }
}

/** The median round stands for all; pauses are those of all rounds. */
export function figureOf(name: string, rounds: readonly Round[]): Figure {
  const pausesMs = rounds.flatMap((round) => round.pausesMs)
  const per = (of: (round: Round) => number) => Math.round(median(rounds.map((round) => of(round) / round.operations)))
  return {
    name,
    operations: rounds.reduce((sum, round) => sum + round.operations, 0),
    nsPerOperation: per(({ seconds }) => seconds * 1e9),
    cpuNsPerOperation: per(({ cpuSeconds }) => cpuSeconds * 1e9),
    loopCpuNsPerOperation: per(({ loopCpuSeconds }) => loopCpuSeconds * 1e9),
    megabytesPerSecond: Math.round(median(rounds.map(speedOf))),
    heapBytesPerOperation: per(({ heapBytes }) => heapBytes),
    externalBytesPerOperation: per(({ externalBytes }) => externalBytes),
    pauses: {
      count: pausesMs.length,
      maxMs: rounded(Math.max(0, ...pausesMs)),
      totalMs: rounded(pausesMs.reduce((sum, ms) => sum + ms, 0)),
    },
  }
}

/** Median of the quotients of rounds that ran next to each other. */
export function ratioOf(rounds: readonly Round[], to: readonly Round[]): number {
  return rounded(median(rounds.map((round, index) => speedOf(round) / speedOf(to[index]!))))
}

/** The same of the bytes that a second of the event loop's thread is enough for: what neighbours on the machine take does not count. */
export function loopRatioOf(rounds: readonly Round[], to: readonly Round[]): number {
  const perCpu = ({ bytes, loopCpuSeconds }: Round) => bytes / loopCpuSeconds
  return rounded(median(rounds.map((round, index) => perCpu(round) / perCpu(to[index]!))))
}

/** Megabytes a second. */
export const speedOf = ({ bytes, seconds }: Round) => bytes / seconds / 1e6

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}

export function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0
}

export const rounded = (value: number) => Math.round(value * 100) / 100
