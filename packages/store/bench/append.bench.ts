import { join } from 'node:path'
import { nodeFileSystem } from '@cometmq/platform/node'
import { type Figure, figureOf, loopRatioOf, measureRound, type Round, ratioOf, type Work } from './measure.ts'
import { type LogOperation, recordedFiles } from './recorded-files.ts'
import {
  type Extent,
  forSeconds,
  inFolder,
  messagesFor,
  openStore,
  perTickOf,
  plainMessagesFor,
  queueCount,
  recordBytes,
  sendPlainFlatOut,
} from './workload.ts'

type Flush = 'ASYNC_FLUSH' | 'SYNC_FLUSH'

const topic = 'Topic'
const fileBytes = 1024 ** 3

/**
 * Appending flat out, and next to it in every round the floor three times: the very writes and syncs that the store made before, from memory that is filled already,
 * into fresh sparse files; the same writes with no sync at all; and as many bytes in blocks of one message, one write for each, as `fio` does it. The order changes from round to round, and a first round is thrown away: on a virtual
 * machine, memory that the page cache takes for the first time costs several times what it costs later.
 */
export async function appendBenchmark(bodyBytes: number, flush: Flush, extent: Extent): Promise<Figure[]> {
  const appended: Round[] = []
  const raw: Round[] = []
  const unsynced: Round[] = []
  const blocks: Round[] = []
  let operations: LogOperation[] = []
  const passes: ((folder: string) => Promise<void>)[] = [
    async (folder) => {
      const made: LogOperation[] = []
      appended.push(await appendRound(folder, bodyBytes, flush, extent, made))
      operations = made
    },
    async (folder) => void raw.push(await rawRound(join(folder, 'raw'), operations, flush)),
    async (folder) => {
      const writes = operations.filter((operation) => operation !== 'sync')
      unsynced.push(await rawRound(join(folder, 'raw'), writes, flush))
    },
    async (folder) =>
      void blocks.push(await blocksRound(join(folder, 'raw'), operations, recordBytes(topic, bodyBytes))),
  ]
  if (flush === 'SYNC_FLUSH') passes.length = 2
  for (const pass of passes) await inFolder(pass)
  appended.length = raw.length = unsynced.length = blocks.length = 0
  for (let round = 0; round < extent.rounds; round++) {
    for (let index = 0; index < passes.length; index++) await inFolder(passes[(index + round) % passes.length]!)
  }
  const name = `${bodyBytes} B, ${flush}`
  const ratios: Record<string, number> = { raw: ratioOf(appended, raw), 'raw, loop CPU': loopRatioOf(appended, raw) }
  if (unsynced.length > 0) {
    ratios.unsynced = ratioOf(appended, unsynced)
    ratios['unsynced, loop CPU'] = loopRatioOf(appended, unsynced)
    ratios.blocks = ratioOf(appended, blocks)
    ratios['blocks, loop CPU'] = loopRatioOf(appended, blocks)
  }
  const figures = [{ ...figureOf(`append ${name}`, appended), ratios }, figureOf(`raw writes of ${name}`, raw)]
  if (unsynced.length === 0) return figures
  return [
    ...figures,
    figureOf(`raw writes without syncs of ${name}`, unsynced),
    figureOf(`one write for each block of ${name}`, blocks),
  ]
}

async function appendRound(
  folder: string,
  bodyBytes: number,
  flushDiskType: Flush,
  { seconds, inlineBytes }: Extent,
  operations: LogOperation[],
): Promise<Round> {
  const changes = { flushDiskType, ...(inlineBytes !== undefined && { maxInlineWriteBytes: inlineBytes }) }
  const store = await openStore(folder, changes, recordedFiles(nodeFileSystem, operations))
  const messages = plainMessagesFor(topic, bodyBytes)
  const size = recordBytes(topic, bodyBytes)
  // Queues are made by the first message that goes the usual way.
  for (const message of messagesFor(topic, bodyBytes).slice(0, queueCount)) await store.put(message)
  operations.length = 0
  const round = await measureRound(async () => {
    const sent = await sendPlainFlatOut(store, messages, perTickOf(size), forSeconds(seconds))
    return { operations: sent, bytes: sent * size }
  })
  const count = operations.length
  await store.close()
  operations.length = count
  return round
}

/** The operations again; an operation is one batch. With SYNC_FLUSH what comes next waits for a sync, as the senders do. */
function rawRound(path: string, operations: readonly LogOperation[], flush: Flush): Promise<Round> {
  return inFresh(path, async (write, sync) => {
    let bytes = 0
    let writes = 0
    for (const operation of operations) {
      if (operation === 'sync') {
        const synced = sync()
        if (flush === 'SYNC_FLUSH') await synced
        else await new Promise((resolve) => setImmediate(resolve))
      } else {
        write(operation, bytes)
        bytes += operation
        writes++
      }
    }
    return { operations: writes, bytes }
  })
}

/** As many bytes, block by block, without syncs. */
function blocksRound(path: string, operations: readonly LogOperation[], blockBytes: number): Promise<Round> {
  return inFresh(path, async (write) => {
    const total = operations.reduce<number>((sum, operation) => sum + (operation === 'sync' ? 0 : operation), 0)
    let bytes = 0
    // No block lies across two files.
    for (; bytes + blockBytes <= total; bytes += blockBytes)
      if ((bytes % fileBytes) + blockBytes <= fileBytes) write(blockBytes, bytes)
    return { operations: Math.floor(bytes / blockBytes), bytes }
  })
}

async function inFresh(
  path: string,
  work: (write: (bytes: number, position: number) => void, sync: () => Promise<void>) => Promise<Work>,
): Promise<Round> {
  const batch = Buffer.alloc(4 * 1024 * 1024, 'x')
  const paths = [0, 1, 2, 3, 4, 5, 6, 7].map((number) => `${path}-${number}`)
  const files = await Promise.all(paths.map((one) => nodeFileSystem.open(one, { create: true })))
  for (const file of files) await file.truncate(fileBytes)
  let underWay: Promise<unknown> = Promise.resolve()
  let current = 0
  const write = (bytes: number, position: number) => {
    const at = position % (fileBytes * files.length)
    current = Math.floor(at / fileBytes)
    files[current]!.writeNow(batch.subarray(0, bytes), at % fileBytes)
  }
  const sync = () => (underWay = files[current]!.sync())
  try {
    const round = await measureRound(() => work(write, sync))
    await underWay
    return round
  } finally {
    for (const file of files) await file.close()
    for (const one of paths) await nodeFileSystem.remove(one)
  }
}
