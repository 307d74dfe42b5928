import v8 from 'node:v8'

/** What one operation costs. */
export interface Cost {
  ns: number
  /** Taken from the heap, whether it was given back or not. */
  heapBytes: number
}

/** Rounds double until one lasts long enough; no more operations than these. */
const mostOperations = 2 ** 30
const rounds = 3

/**
 * Runs `operation` about `rounds` times for `durationMs` and returns the median cost of one. An operation that returns a promise is awaited before
 * the next; `perCall` says how many operations a call stands for.
 */
export async function costOf(operation: () => unknown, durationMs: number, perCall = 1): Promise<Cost> {
  let calls = 1
  while ((await run(operation, calls)).tookMs < durationMs && calls < mostOperations) calls *= 2
  const costs: Cost[] = []
  for (let round = 0; round < rounds; round++) {
    const { tookMs, heapBytes } = await run(operation, calls)
    const operations = calls * perCall
    costs.push({ ns: (tookMs * 1e6) / operations, heapBytes: Math.max(0, heapBytes / operations) })
  }
  return medianCost(costs)
}

/** The median of each figure. */
export function medianCost(costs: readonly Cost[]): Cost {
  const median = (of: (cost: Cost) => number) => {
    const sorted = costs.map(of).sort((left, right) => left - right)
    const middle = sorted.length >> 1
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  }
  return { ns: median(({ ns }) => ns), heapBytes: median(({ heapBytes }) => heapBytes) }
}

async function run(operation: () => unknown, calls: number): Promise<{ tookMs: number; heapBytes: number }> {
  const collections = new v8.GCProfiler()
  collections.start()
  const heapBefore = v8.getHeapStatistics().used_heap_size
  const startedMs = performance.now()
  const first = operation()
  let sink: unknown = first
  if (first instanceof Promise) {
    await first
    for (let call = 1; call < calls; call++) sink = await operation()
  } else for (let call = 1; call < calls; call++) sink = operation()
  const tookMs = performance.now() - startedMs
  let heapBytes = v8.getHeapStatistics().used_heap_size - heapBefore
  // What was collected meanwhile had been taken too.
  for (const { beforeGC, afterGC } of collections.stop()?.statistics ?? [])
    heapBytes += beforeGC.heapStatistics.usedHeapSize - afterGC.heapStatistics.usedHeapSize
  // Used, so that nothing is optimised away.
  return sink === collections ? { tookMs: 0, heapBytes: 0 } : { tookMs, heapBytes }
}
