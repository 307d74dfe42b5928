import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { type Answer, Dispatcher } from '../src/dispatch/dispatcher.ts'
import { LogPositions } from '../src/log/log-positions.ts'
import { openStore } from '../src/open-store.ts'
import { type Figure, figureOf, measureRound, type Round, type Work } from './measure.ts'
import { type Extent, forSeconds, inFolder, queueCount, recordBytes } from './workload.ts'

const topic = 'Topic'
const unitBytes = 20
/** Records that one write makes readable. */
const perWrite = 200
const noAnswer: Answer = { settle: () => {} }

/** From written records to units in the files of their queues, and somebody told of each: no log, no bodies. An operation is a unit. */
export function dispatchBenchmark(extent: Extent): Promise<Figure[]> {
  return inFolder(async (folder) => {
    const opened = await openStore(
      { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10911 } },
      { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid },
    )
    const { queues, queueFlusher, handles, lock } = opened
    const positions = new LogPositions(0)
    const dispatcher = new Dispatcher(positions, queueFlusher, silentLogger, undefined)
    const size = recordBytes(topic, 1024)
    const all = Array.from({ length: queueCount }, (_, queueId) => queues.findOrMake(topic, queueId))
    let told = 0
    dispatcher.onArrival = () => {
      told++
    }
    const dispatchAll = async (): Promise<Work> => {
      const isDone = forSeconds(extent.seconds)
      const before = told
      do {
        for (let n = 0; n < perWrite; n++) {
          const queue = all[n % queueCount]!
          const physicalOffset = positions.appended
          const record = { queue, queueOffset: queue.nextOffset++, physicalOffset, size, tagsCode: 2598919 }
          const rest = { storeTimestamp: 1_795_235_653_954, targets: undefined, batch: undefined, answer: noAnswer }
          dispatcher.add({ ...record, ...rest }, topic, undefined)
          positions.moveAppended(physicalOffset + size)
        }
        positions.moveWritten(positions.appended)
        dispatcher.onWritten()
        await new Promise((resolve) => setImmediate(resolve))
      } while (!isDone())
      return { operations: told - before, bytes: (told - before) * unitBytes }
    }
    const rounds: Round[] = []
    for (let round = 0; round < extent.rounds; round++) rounds.push(await measureRound(dispatchAll))
    await queueFlusher.write()
    queueFlusher.close()
    await handles.close()
    await lock.release()
    return [figureOf('queue dispatch', rounds)]
  })
}
