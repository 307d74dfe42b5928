/**
 * How long a store takes to open after kill -9: writes a log of so many bytes, kills the writer in the middle of it, takes the files from the page cache
 * where that is allowed, and opens the store. Also how fast the log is walked over. Each step is a process of its own.
 *
 *   node packages/store/bench/recovery.bench.ts [--bytes 10737418240] [--body 1024] [--folder DIR]
 */
import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs, promisify } from 'node:util'
import { type Logger, silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { MessageStore } from '../src/index.ts'
import { scanLog } from '../src/recovery/scan-log.ts'
import { OpenFiles } from '../src/segment/open-files.ts'
import { SegmentSequence } from '../src/segment/segment-sequence.ts'
import { openBenchStore, sendAll } from './bench-store.ts'
import { dropFromPageCache } from './page-cache.ts'

const queueCount = 8
/** Messages between two looks at how much there is. */
const messagesAtOnce = 20_000
const logFileBytes = 1024 ** 3

export interface RecoveryFigure {
  logBytes: number
  bodyBytes: number
  openMs: number
  /** Records that recovery walked over, and bytes of the log from where it began to the end. */
  recoveredRecords: number
  recoveredBytes: number
  /** Of the same part of the log, read again from the page cache: what walking costs. */
  scanMegabytesPerSecond: number
  pageCache: string
}

export async function runRecovery(logBytes: number, bodyBytes: number, parent = tmpdir()): Promise<RecoveryFigure> {
  const folder = await mkdtemp(join(parent, 'store-bench-'))
  try {
    await step('fill', folder, logBytes, bodyBytes)
    const pageCache = dropFromPageCache(folder) ? 'cold' : 'warm'
    return { ...(await step('open', folder, logBytes, bodyBytes))!, pageCache }
  } finally {
    await rm(folder, { recursive: true })
  }
}

async function step(name: keyof typeof steps, folder: string, logBytes: number, bodyBytes: number) {
  const args = ['--step', name, '--folder', folder, '--bytes', `${logBytes}`, '--body', `${bodyBytes}`]
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, ...args])
    return JSON.parse(stdout) as RecoveryFigure
  } catch (error) {
    if ((error as { signal?: string }).signal !== 'SIGKILL') throw error
    return undefined
  }
}

const steps = {
  async fill(folder: string, logBytes: number, bodyBytes: number): Promise<undefined> {
    const store = await openBenchStore(folder)
    while (store.state.writtenOffset < logBytes) {
      const left = Math.ceil((logBytes - store.state.writtenOffset) / bodyBytes)
      await sendAll(store, { count: Math.min(messagesAtOnce, left), queueCount, bodyBytes })
    }
    process.kill(process.pid, 'SIGKILL')
    return undefined
  },

  async open(folder: string, _: number, bodyBytes: number): Promise<RecoveryFigure> {
    const recovered = { from: 0, end: 0, records: 0 }
    const logger: Logger = {
      ...silentLogger,
      info: (details: object, message: string) => {
        if (message.startsWith('recovered')) Object.assign(recovered, details)
      },
    } as Logger
    const before = performance.now()
    const store = await MessageStore.open(
      { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10911 } },
      { files: nodeFileSystem, clock: nodeClock, logger, pid: process.pid },
    )
    const openMs = Math.round(performance.now() - before)
    const logBytes = store.state.appendedOffset
    await store.close()
    const recoveredBytes = recovered.end - recovered.from
    return {
      logBytes,
      bodyBytes,
      openMs,
      recoveredRecords: recovered.records,
      recoveredBytes,
      scanMegabytesPerSecond: await scanSpeed(folder, recovered.from, recoveredBytes),
      pageCache: '',
    }
  },
}

async function scanSpeed(folder: string, from: number, bytes: number): Promise<number> {
  const handles = new OpenFiles(nodeFileSystem, silentLogger, 16)
  const { sequence } = await SegmentSequence.find(nodeFileSystem, handles, `${folder}/commitlog`, logFileBytes)
  const before = performance.now()
  const scan = { checkCrc: true, mayLackSectors: true, onRecord: () => {}, onProgress: () => Promise.resolve() }
  await scanLog(sequence, from, scan)
  await handles.close()
  return Math.round(bytes / 1000 / (performance.now() - before))
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      bytes: { type: 'string', default: `${10 * 1024 ** 3}` },
      body: { type: 'string' },
      folder: { type: 'string' },
      step: { type: 'string' },
    },
  })
  const bytes = Number(values.bytes)
  if (values.step === undefined) {
    const figures: RecoveryFigure[] = []
    for (const body of values.body === undefined ? [1024, 128] : [Number(values.body)])
      figures.push(await runRecovery(bytes, body, values.folder))
    console.table(figures)
  } else {
    const figure = await steps[values.step as keyof typeof steps](values.folder!, bytes, Number(values.body))
    console.log(JSON.stringify(figure))
  }
}
