import { readdirSync, readFileSync, type Stats, statSync } from 'node:fs'

/** `1: POSIX  ADVISORY  WRITE 5329 fe:00:9977920 0 0`; a line with `->` is only waiting. */
const lockLine = /^\d+: (?:POSIX|OFDLCK) +\S+ +\S+ +(-?\d+) +([0-9a-f]+):([0-9a-f]+):(\d+) +0 /

/**
 * Whether some process holds a record lock from byte 0 of the file, which is where an Apache broker takes its lock. Only Linux tells: `locks` is
 * its table; elsewhere the answer is no.
 */
export function isByteZeroLocked(file: Stats, locks: string = readLocks()): boolean {
  for (const line of locks.split('\n')) {
    const match = lockLine.exec(line)
    if (match === null || Number(match[4]) !== file.ino) continue
    const isSameDevice = deviceNumber(match[2]!, match[3]!) === file.dev
    // Overlay and btrfs report another device here than `stat` does; then the owner's open files tell.
    if (isSameDevice || hasOpen(match[1]!, file)) return true
  }
  return false
}

function readLocks(): string {
  return process.platform === 'linux' ? readFileSync('/proc/locks', 'latin1') : ''
}

function deviceNumber(major: string, minor: string): number {
  const high = Number.parseInt(major, 16)
  const low = Number.parseInt(minor, 16)
  return (
    (low & 0xff) + (high & 0xfff) * 2 ** 8 + Math.floor(low / 2 ** 8) * 2 ** 20 + Math.floor(high / 2 ** 12) * 2 ** 44
  )
}

function hasOpen(processId: string, file: Stats): boolean {
  const folder = `/proc/${processId}/fd`
  try {
    return readdirSync(folder).some((descriptor) => {
      const open = statSync(`${folder}/${descriptor}`, { throwIfNoEntry: false })
      return open?.ino === file.ino && open.dev === file.dev
    })
  } catch {
    // The process has ended, or belongs to somebody whose files we may not see.
    return false
  }
}
