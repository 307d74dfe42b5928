import type { DiskUsage } from '@cometmq/platform'

/**
 * How much of a disk is taken, in whole percent rounded up, of what we may use: what the system keeps for itself counts neither as taken nor as
 * free. Source: `UtilAll.getDiskPartitionSpaceUsedPercent` of Apache RocketMQ.
 */
export function usedPercent({ usedBytes, freeBytes }: DiskUsage): number {
  const bytes = usedBytes + freeBytes
  return bytes === 0 ? 100 : Math.ceil((usedBytes * 100) / bytes)
}

/** `9.1 GiB of 10.0 GiB used (91 %)` */
export function describeUse(usage: DiskUsage): string {
  const { usedBytes, freeBytes } = usage
  return `${humanBytes(usedBytes)} of ${humanBytes(usedBytes + freeBytes)} used (${usedPercent(usage)} %)`
}

const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB']

/** `12.3 KiB` */
export function humanBytes(bytes: number): string {
  let value = bytes
  let unit = 0
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return unit === 0 ? `${value} B` : `${value.toFixed(1)} ${units[unit]}`
}
