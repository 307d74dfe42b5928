import { type FileSystem, silentLogger } from '@cometmq/platform'
import { SimulatedClock } from '@cometmq/testkit/sim'
import { type TimerProgress, TimerStore, type TimerUnit } from '../../src/timer/index.ts'

export const directory = '/store'
export const checkpointPath = '/store/config/timercheck'
/** 20 units and a filler. */
export const fileBytes = 20 * 52 + 16

export async function openTimers(
  files: FileSystem,
  queueOffsetOf = async (physicalOffset: number): Promise<number | undefined> => physicalOffset / 100,
) {
  await files.makeDirectory(directory)
  const parts = {
    files,
    clock: new SimulatedClock(),
    logger: silentLogger,
    directory,
    checkpointPath,
    fileBytes,
    queueOffsetOf,
  }
  return TimerStore.open(parts)
}

/** A unit of the message number `index`, due in `second`. */
export function unitAt(index: number, second: number, bits = 1): TimerUnit {
  return {
    bits,
    writtenMs: 500_000,
    dueMs: second * 1_000 + (index % 1_000),
    physicalOffset: index * 100,
    size: 90,
    topicHash: index,
  }
}

/** The numbers of the messages that wait for the second, the newest first. */
export async function waitingAt(timers: TimerStore, second: number): Promise<number[]> {
  const found: number[] = []
  for await (const { physicalOffset } of timers.units(second)) found.push(physicalOffset / 100)
  return found
}

export const progress = (changes: Partial<TimerProgress> = {}): TimerProgress => ({
  readSecond: 1_000,
  queueOffset: 0,
  deliveredFrom: 0,
  ...changes,
})
