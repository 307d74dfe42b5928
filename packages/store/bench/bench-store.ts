/** What the benchmarks of the store share: a store on real files, and senders that do not overrun it. */
import { silentLogger } from '@cometmq/platform'
import { nodeClock, nodeFileSystem } from '@cometmq/platform/node'
import { MessageStore, type MessageToStore, StoreError, type StoreOptions } from '../src/index.ts'

/** Messages handed over in one turn of the event loop. */
const perTick = 200
/** Messages that wait for their acknowledgement at the same time. */
const maxInFlight = 20_000
const queuesPerTopic = 100
/** A sender that is refused as busy tries again after so long. */
const busyPauseMs = 50

export function openBenchStore(folder: string, options: Partial<StoreOptions> = {}): Promise<MessageStore> {
  return MessageStore.open(
    { storePathRootDir: folder, storeHost: { host: '127.0.0.1', port: 10911 }, ...options },
    { files: nodeFileSystem, clock: nodeClock, logger: silentLogger, pid: process.pid },
  )
}

/** The message number `index` when there are so many queues: round robin over them, 100 to a topic. */
function messageFor(index: number, queueCount: number, body: Buffer): MessageToStore {
  const queue = index % queueCount
  return {
    ...{ topic: `Topic${Math.floor(queue / queuesPerTopic)}`, queueId: queue % queuesPerTopic, flag: 0, sysFlag: 0 },
    ...{ bornTimestamp: 1, bornHost: { host: '127.0.0.1', port: 1 }, reconsumeTimes: 0, preparedTransactionOffset: 0 },
    ...{ properties: '', body, waitStored: true },
  }
}

/** Stores `count` messages; answers how often the store was busy, after which a message is sent again a little later. */
export function sendAll(
  store: MessageStore,
  { count, queueCount, bodyBytes }: { count: number; queueCount: number; bodyBytes: number },
): Promise<number> {
  const body = Buffer.alloc(bodyBytes, 'x')
  const messages = Array.from({ length: queueCount }, (_, index) => messageFor(index, queueCount, body))
  return new Promise((resolve, reject) => {
    let sent = 0
    let acknowledged = 0
    let refused = 0
    let isTicking = false
    let isWaiting = false
    const again: MessageToStore[] = []
    const onAcknowledged = () => {
      if (++acknowledged === count) resolve(refused)
      else if (!isTicking && sent - acknowledged < maxInFlight) next()
    }
    const put = (message: MessageToStore) => {
      store.put(message).then(onAcknowledged, (error) => {
        if (!(error instanceof StoreError && error.code === 'STORE_BUSY')) return reject(error)
        refused++
        again.push(message)
        if (!isWaiting) nodeClock.after(busyPauseMs, sendAgain)
        isWaiting = true
      })
    }
    const sendAgain = () => {
      isWaiting = false
      for (const message of again.splice(0)) put(message)
    }
    const next = () => {
      isTicking = true
      setImmediate(tick)
    }
    const tick = () => {
      isTicking = false
      for (let n = 0; n < perTick && sent < count; n++) put(messages[sent++ % queueCount]!)
      if (sent < count && !isTicking && sent - acknowledged < maxInFlight) next()
    }
    tick()
  })
}
