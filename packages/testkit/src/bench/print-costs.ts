import { costOf } from './cost.ts'

/** A micro benchmark: a name, and a call that stands for one operation or for several. */
export interface MicroBenchmark {
  operation: () => unknown
  perCall?: number
}

/** Measures each and prints a line: nanoseconds and bytes of the heap for one operation. */
export async function printCosts(benchmarks: ReadonlyMap<string, MicroBenchmark>, durationMs: number): Promise<void> {
  for (const [name, { operation, perCall }] of benchmarks) {
    const { ns, heapBytes } = await costOf(operation, durationMs, perCall)
    console.log(`${ns.toFixed(0).padStart(8)} ns ${heapBytes.toFixed(0).padStart(7)} B  ${name}`)
  }
}
