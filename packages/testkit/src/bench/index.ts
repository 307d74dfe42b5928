/** What micro benchmarks share: the cost of one operation in time and in memory. */
export { type Cost, costOf, medianCost } from './cost.ts'
export { type MicroBenchmark, printCosts } from './print-costs.ts'
