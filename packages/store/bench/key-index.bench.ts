/**
 * What the key index costs a message: feeding it with distinct unique keys, without and with a tag, the writing of its files included.
 * `node packages/store/bench/key-index.bench.ts [messages]`.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { IndexFiles } from '../src/index-files/index-files.ts'
import { KeyHasher } from '../src/index-files/key-hasher.ts'
import { KeyIndex } from '../src/index-files/key-index.ts'
import { OpenFiles } from '../src/segment/open-files.ts'
import { SegmentSequence } from '../src/segment/segment-sequence.ts'

/** Messages handed over in one turn of the event loop. */
const perTick = 200
/** Texts that are made before anything is measured. */
const perRound = 50_000
/** Slots and entries of a file as RocketMQ has them. */
const shape = { slots: 5_000_000, entries: 20_000_000 }

export interface IndexFigure {
  name: string
  /** Time on the event loop, in which nothing else happens. */
  loopNsPerMessage: number
  /** Of the process on any core, the writing of the files included. */
  cpuNsPerMessage: number
}

/** Adds `count` messages of each kind to an index of its own. */
export async function runIndexBenchmark(count: number): Promise<IndexFigure[]> {
  const figures: IndexFigure[] = []
  for (const [name, tags] of [
    ['UNIQ_KEY', ''],
    ['UNIQ_KEY and TAGS', 'TAGS\u0001TagA\u0002'],
  ] as const) {
    const folder = await mkdtemp(join(tmpdir(), 'index-bench-'))
    try {
      figures.push({ name, ...(await measure(folder, count, tags)) })
    } finally {
      await rm(folder, { recursive: true })
    }
  }
  return figures
}

async function measure(folder: string, count: number, tags: string): Promise<Omit<IndexFigure, 'name'>> {
  const handles = new OpenFiles(nodeFileSystem, silentLogger, 8)
  let end = 0
  const index = new KeyIndex(
    {
      clock: nodeClock,
      logger: silentLogger,
      files: new IndexFiles(nodeFileSystem, handles, folder, shape),
      isWritten: true,
      log: new SegmentSequence(nodeFileSystem, handles, folder, 1024),
      dispatched: () => end,
      flushLog: async () => undefined,
      onFileFilled: () => undefined,
    },
    { indexedOffset: 0, endPhysicalOffset: 0, endTimestamp: 0 },
    false,
  )
  await index.start()
  const hasher = new KeyHasher()
  let loopMs = 0
  let cpuUs = 0
  for (let sent = 0; sent < count; ) {
    const texts = Array.from({ length: Math.min(perRound, count - sent) }, (_, n) => propertiesOf(sent + n, tags))
    const cpuBefore = process.cpuUsage()
    for (let from = 0; from < texts.length; from += perTick) {
      const before = performance.now()
      for (const text of texts.slice(from, from + perTick)) {
        const count = hasher.hash('Topic', text)
        index.add(hasher.hashes, 0, count, (end += 1024), 1_700_000_000_000)
      }
      loopMs += performance.now() - before
      await new Promise((resolve) => setImmediate(resolve))
    }
    sent += texts.length
    if (sent >= count) await index.flush()
    const { user, system } = process.cpuUsage(cpuBefore)
    cpuUs += user + system
  }
  await index.stop()
  await handles.close()
  return {
    loopNsPerMessage: Math.round((loopMs * 1e6) / count),
    cpuNsPerMessage: Math.round((cpuUs * 1000) / count),
  }
}

function propertiesOf(n: number, tags: string): string {
  const key = `AC11000100002A9F${n.toString(16).toUpperCase().padStart(16, '0')}`
  // From bytes, as the broker gets it: in one piece.
  return Buffer.from(`UNIQ_KEY\u0001${key}\u0002WAIT\u0001true\u0002${tags}`).toString('utf8')
}

if (import.meta.main) {
  const count = Number(process.argv[2] ?? 1_000_000)
  await runIndexBenchmark(Math.ceil(count / 10))
  console.table(await runIndexBenchmark(count))
}
