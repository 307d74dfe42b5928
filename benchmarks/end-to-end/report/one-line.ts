import type { Figures } from './measurement.ts'

/** A round in a line, for those who watch. */
export function oneLine(figures: Figures): string {
  const number = (value: number | undefined, digits: number) => value?.toFixed(digits) ?? '–'
  if (figures.limitPerSecond !== undefined)
    return `${number(figures.limitPerSecond, 0)} a second, ${number(figures.limitMbPerSecond, 0)} MB/s`
  if (figures.readyMs !== undefined) {
    const idle = `${number(figures.idleAnonymousMb, 0)} MB anonymous of ${number(figures.idleResidentMb, 0)} MB`
    const times = `ready after ${number(figures.readyMs, 0)} ms, first acknowledgement after ${number(figures.firstAcknowledgedMs, 0)} ms`
    return figures.storedMb === undefined
      ? `${times}, idle ${idle}`
      : `${times}, all there after ${number(figures.allThereMs, 0)} ms, ${number(figures.storedMb, 0)} MB stored`
  }
  const parts = [
    `${number(figures.messagesPerSecond, 0)} messages/s`,
    `p50 ${number(figures.p50Ms, 2)} ms`,
    `p99 ${number(figures.p99Ms, 2)} ms`,
    `server CPU ${number(figures.serverCpuSecondsPerMillion, 1)} s per million`,
  ]
  if (figures.systemCallsPerMessage !== undefined)
    parts.push(`${number(figures.systemCallsPerMessage, 2)} system calls a message`)
  if (figures.shareOfRawRead !== undefined) parts.push(`${number(figures.shareOfRawRead * 100, 0)} % of a raw read`)
  if (figures.refused) parts.push(`${figures.refused} refused by flow control`)
  if ((figures.otherCores ?? 0) > 0.3) parts.push(`others took ${number(figures.otherCores, 2)} cores`)
  return parts.join(', ')
}
