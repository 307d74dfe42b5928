/**
 * What the store costs on one core, piece by piece, with what the machine's plain writes reach in the same rounds.
 *
 *   node --max-semi-space-size=8 packages/store/bench/run.ts [--only name] [--seconds n] [--rounds n] [--backlog-mb n] [--inline-kb n] [--json]
 *
 * `--inline-kb` is `maxInlineWriteBytes`: larger batches of the append are written by another thread.
 * `--max-semi-space-size=8`: as `cometmq` runs, which keeps the space for new objects that small itself.
 * `--only` takes a part of a name: append, dispatch, read, backlog. Compare the ratios: absolute figures of a shared machine vary by a factor of two.
 */
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { appendBenchmark } from './append.bench.ts'
import { backlogBenchmark } from './backlog.bench.ts'
import { dispatchBenchmark } from './dispatch.bench.ts'
import type { Figure } from './measure.ts'
import { hotReadBenchmark, randomReadBenchmark, sequentialReadBenchmark } from './read.bench.ts'
import type { Extent } from './workload.ts'

const bodySizes = [128, 1024, 4096]

/** All benchmarks by name. */
export const benchmarks = new Map<string, (extent: Extent) => Promise<Figure[]>>()
for (const flush of ['ASYNC_FLUSH', 'SYNC_FLUSH'] as const) {
  for (const bodyBytes of bodySizes) {
    benchmarks.set(`append ${bodyBytes} B, ${flush}`, (extent) => appendBenchmark(bodyBytes, flush, extent))
  }
}
benchmarks.set('queue dispatch', dispatchBenchmark)
benchmarks.set('hot read', hotReadBenchmark)
benchmarks.set('cold read, sequential', sequentialReadBenchmark)
benchmarks.set('cold read, random', randomReadBenchmark)
benchmarks.set('backlog beside sends', backlogBenchmark)

/** One line of the table. */
function rowOf(figure: Figure): Record<string, unknown> {
  return {
    'ns/op': figure.nsPerOperation,
    'CPU ns/op': figure.cpuNsPerOperation,
    'loop CPU': figure.loopCpuNsPerOperation,
    'op/s': figure.nsPerOperation === 0 ? 0 : Math.round(1e9 / figure.nsPerOperation),
    'MB/s': figure.megabytesPerSecond,
    'heap B/op': figure.heapBytesPerOperation,
    'buffers B/op': figure.externalBytesPerOperation,
    'GC count': figure.pauses.count,
    'GC max ms': figure.pauses.maxMs,
    'GC total ms': figure.pauses.totalMs,
    ...(figure.p99Ms !== undefined && { 'p99 ms': figure.p99Ms }),
    ...Object.fromEntries(Object.entries(figure.ratios ?? {}).map(([to, ratio]) => [`÷ ${to}`, ratio])),
    ...(figure.notes !== undefined && { notes: figure.notes }),
  }
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string', default: '' },
      seconds: { type: 'string', default: '2' },
      rounds: { type: 'string', default: '3' },
      'backlog-mb': { type: 'string', default: '1024' },
      'inline-kb': { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  })
  const extent: Extent = {
    seconds: Number(values.seconds),
    rounds: Number(values.rounds),
    backlogBytes: Number(values['backlog-mb']) * 1024 * 1024,
    ...(values['inline-kb'] !== undefined && { inlineBytes: Number(values['inline-kb']) * 1024 }),
  }
  // As `cometmq` runs.
  setFlagsFromString('--no-parallel-scavenge')
  // The store's timers do not keep the process alive.
  const hold = setInterval(() => {}, 60_000)
  for (const [name, run] of benchmarks) {
    if (!name.includes(values.only)) continue
    const figures = await run(extent)
    if (values.json) for (const figure of figures) console.log(JSON.stringify(figure))
    else console.table(Object.fromEntries(figures.map((figure) => [figure.name, rowOf(figure)])))
  }
  clearInterval(hold)
}

if (import.meta.main) await main()
