import type { Clock, DiskUsage } from '@cometmq/platform'
import type { Lane } from '@cometmq/remoting'
import { humanBytes, type MessageStore, usedPercent } from '@cometmq/store'
import type { DelayDelivery } from '../delay/delay-delivery.ts'
import type { Counts, Traffic } from './traffic.ts'

/** The release whose protocol we speak. */
const versionDescription = 'V5_5_0'

export interface RuntimeInfoDeps {
  store: MessageStore
  clock: Clock
  delayDelivery: DelayDelivery
  /** Messages with a time of their own that are not noted yet, and how late deliveries are. */
  timerFigures: () => { behind: number; lateMs: number }
  /** How many messages wait for a time of their own. */
  timersWaiting: () => number
  traffic: Traffic
  /** When the broker was started, in milliseconds since the Unix epoch. */
  startedAt: number
  commitLogDirectory: string
  /** By RocketMQ's name of the thread pool that does the same. */
  lanes: Readonly<Record<'send' | 'pull' | 'litePull' | 'query' | 'ack', Lane>>
  /** As `EndTransaction…`, which RocketMQ names differently. */
  transactionLane: Lane
}

type Entries = [key: string, value: string][]

/**
 * The table of GET_BROKER_RUNTIME_INFO. It has the keys of which we know the value; those that have none here, as the latencies of a put, are left out
 * and not made up. Source of names and formats: AdminBrokerProcessor and StoreStatsService of Apache RocketMQ 5.5.0.
 */
export async function runtimeInfo(deps: RuntimeInfoDeps): Promise<Entries> {
  return [
    ...aboutBroker(deps),
    ...aboutTraffic(deps),
    ...(await aboutStore(deps)),
    ...aboutDisk(deps),
    ...aboutLanes(deps),
    ['EndTransactionQueueSize', String(deps.transactionLane.inProgress)],
    ['EndTransactionThreadPoolQueueCapacity', String(deps.transactionLane.limit)],
    ...deps.delayDelivery.progress().map(({ level, nextOffset, maxOffset }): [string, string] => {
      return [`scheduleMessageOffset_${level}`, `${nextOffset},${maxOffset}`]
    }),
  ]
}

function aboutBroker({ store, clock, startedAt }: RuntimeInfoDeps): Entries {
  return [
    ['brokerActive', 'true'],
    ['brokerVersionDesc', versionDescription],
    ['bootTimestamp', String(startedAt)],
    ['runtime', durationOf(clock.now() - startedAt)],
    // It accepts messages from the start: RocketMQ's property of that name is not there.
    ['startAcceptSendRequestTimeStamp', '0'],
    // Ours: why messages are refused. Empty when they are not.
    ['storeRefusal', store.refusal?.message ?? ''],
    ['storeFailure', store.state.failure?.message ?? ''],
    ['diskState', store.state.diskState],
  ]
}

function aboutTraffic({ traffic, store }: RuntimeInfoDeps): Entries {
  const { counts, mornings } = traffic
  const { putBytes } = store.state
  const rates = (of: (counts: Counts) => number) => traffic.rates(of).map(doubleText).join(' ')
  return [
    ['msgPutTotalYesterdayMorning', String(mornings.yesterday.put)],
    ['msgPutTotalTodayMorning', String(mornings.today.put)],
    ['msgPutTotalTodayNow', String(counts.put)],
    ['msgGetTotalYesterdayMorning', String(mornings.yesterday.transferred)],
    ['msgGetTotalTodayMorning', String(mornings.today.transferred)],
    ['msgGetTotalTodayNow', String(counts.transferred)],
    ['putTps', rates(({ put }) => put)],
    ['getFoundTps', rates(({ found }) => found)],
    ['getMissTps', rates(({ missed }) => missed)],
    ['getTotalTps', rates(({ found, missed }) => found + missed)],
    ['getTransferredTps', rates(({ transferred }) => transferred)],
    // As 4.x spells it: mqadmin and exporters of that time fail without it.
    ['getTransferedTps', rates(({ transferred }) => transferred)],
    ['putMessageTimesTotal', String(counts.put)],
    ['putMessageSizeTotal', String(putBytes)],
    ['putMessageAverageSize', doubleText(counts.put === 0 ? 0 : putBytes / counts.put)],
  ]
}

async function aboutStore({ store, timerFigures, timersWaiting, traffic }: RuntimeInfoDeps): Promise<Entries> {
  const { behind, lateMs } = timerFigures()
  const { minPhysicalOffset, writtenOffset, flushedOffset, dispatchedOffset } = store.state
  return [
    ['commitLogMinOffset', String(minPhysicalOffset)],
    ['commitLogMaxOffset', String(writtenOffset)],
    ['dispatchBehindBytes', String(writtenOffset - dispatchedOffset)],
    ['remainHowManyDataToFlush', humanBytes(writtenOffset - flushedOffset)],
    ['earliestMessageTimeStamp', String(await store.earliestRecordTime())],
    ['pageCacheLockTimeMills', String(Math.round(store.state.logWriteMs))],
    // There is no pool of buffers; RocketMQ says so in these words.
    ['remainTransientStoreBufferNumbs', '2147483647'],
    ['timerReadBehind', String(Math.floor(lateMs / 1_000))],
    ['timerOffsetBehind', String(behind)],
    ['timerCongestNum', String(timersWaiting())],
    ['timerEnqueueTps', doubleText(traffic.rates(({ timersNoted }) => timersNoted)[0]!)],
    ['timerDequeueTps', doubleText(traffic.rates(({ timersDelivered }) => timersDelivered)[0]!)],
  ]
}

function aboutDisk({ store, commitLogDirectory }: RuntimeInfoDeps): Entries {
  const { disk } = store.state
  if (disk === undefined) return []
  const log = ratioText(disk.log)
  const { totalBytes, usedBytes } = disk.log
  return [
    ['commitLogDiskRatio', log],
    [`commitLogDiskRatio_${commitLogDirectory}`, log],
    ['consumeQueueDiskRatio', ratioText(disk.queues)],
    ['commitLogDirCapacity', `Total : ${humanBytes(totalBytes)}, Free : ${humanBytes(totalBytes - usedBytes)}.`],
  ]
}

/** Requests in progress stand for RocketMQ's queues. Nothing waits in front of them: a request that finds its lane full is refused. */
function aboutLanes({ lanes }: RuntimeInfoDeps): Entries {
  return Object.entries(lanes).flatMap(
    ([name, lane]): Entries => [
      [`${name}ThreadPoolQueueSize`, String(lane.inProgress)],
      [`${name}ThreadPoolQueueCapacity`, String(lane.limit)],
      [`${name}ThreadPoolQueueHeadWaitTimeMills`, '0'],
    ],
  )
}

/** `[ 0 days, 1 hours, 2 minutes, 3 seconds ]` */
function durationOf(ms: number): string {
  const seconds = Math.floor(ms / 1_000)
  const parts = [Math.floor(seconds / 86_400), Math.floor(seconds / 3_600) % 24, Math.floor(seconds / 60) % 60]
  return `[ ${parts[0]} days, ${parts[1]} hours, ${parts[2]} minutes, ${seconds % 60} seconds ]`
}

const ratioText = (usage: DiskUsage): string => doubleText(usedPercent(usage) / 100)

/** As Java prints a double: readers tell it from an integer. */
const doubleText = (value: number): string => (Number.isInteger(value) ? value.toFixed(1) : String(value))
