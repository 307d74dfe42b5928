/** Of what one replica may take of its disk, so much may be the store's before files go that are not old enough. Source: Apache RocketMQ. */
const maxSharePercent = 80

const hourMs = 3_600_000

/** The settings that say when files go, under RocketMQ's names. */
export interface CleaningSettings {
  /** Hours. */
  readonly fileReservedTime: number
  /** Hours of the day, separated by semicolons. */
  readonly deleteWhen: string
  readonly diskMaxUsedSpaceRatio: number
  readonly diskSpaceCleanForciblyRatio: number
  readonly cleanFileForciblyEnable: boolean
}

/** What a round of cleaning finds. Percentages are `undefined` when the system does not tell. */
export interface Situation {
  /** Hour of the day, local time. */
  readonly hour: number
  readonly isManual: boolean
  readonly logPercent: number | undefined
  readonly queuesPercent: number | undefined
  /** Of its share of the disk, what the store takes; only with several replicas on one disk. */
  readonly sharePercent?: number
}

export type CleaningCause = 'deleteWhen' | 'manual' | 'disk'

export interface Cleaning {
  readonly cause: CleaningCause
  /** Files go however young they are. */
  readonly isForced: boolean
}

/**
 * Whether files of the log are to be removed now, and why. Files older than fileReservedTime go at the hours of deleteWhen, when somebody asks, and
 * when the disk fills; younger ones go when it is nearly full. Source: `CleanCommitLogService` of Apache RocketMQ.
 */
export function chooseCleaning(situation: Situation, settings: CleaningSettings): Cleaning | undefined {
  const isForced = settings.cleanFileForciblyEnable && isNearlyFull(situation, settings)
  if (isForced) return { cause: 'disk', isForced }
  if (hoursOf(settings.deleteWhen).includes(situation.hour)) return { cause: 'deleteWhen', isForced }
  if (situation.isManual) return { cause: 'manual', isForced }
  return isFilling(situation, settings) ? { cause: 'disk', isForced } : undefined
}

/** Whether a file that was last written at `modifiedAt` may go. */
export function isExpired(modifiedAt: number, now: number, cleaning: Cleaning, settings: CleaningSettings): boolean {
  return cleaning.isForced || modifiedAt + settings.fileReservedTime * hourMs <= now
}

/** `04;16` → 4 and 16. */
export function hoursOf(deleteWhen: string): number[] {
  return deleteWhen
    .split(';')
    .filter((hour) => hour.trim() !== '')
    .map(Number)
}

function isNearlyFull({ logPercent = 0, queuesPercent = 0, sharePercent = 0 }: Situation, settings: CleaningSettings) {
  return Math.max(logPercent, queuesPercent) > settings.diskSpaceCleanForciblyRatio || sharePercent > maxSharePercent
}

function isFilling(situation: Situation, { diskMaxUsedSpaceRatio }: CleaningSettings): boolean {
  // Where the system does not tell, the old files go: that is the cautious side.
  const { logPercent = 100, queuesPercent = 100, sharePercent } = situation
  return (sharePercent ?? Math.max(logPercent, queuesPercent)) > diskMaxUsedSpaceRatio
}
