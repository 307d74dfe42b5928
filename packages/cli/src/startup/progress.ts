import type { Clock } from '@cometmq/platform'
import type { CheckProgress } from '@cometmq/store/check'
import type { Terminal } from '../terminal.ts'

const periodMs = 200

/** Shows on the terminal how far a walk over the log is, a few times a second. */
export function progressTo(terminal: Terminal, clock: Clock): (progress: CheckProgress) => void {
  let nextMs = clock.monotonicMs() + periodMs
  return ({ bytes, ofBytes, records }) => {
    if (clock.monotonicMs() < nextMs) return
    nextMs = clock.monotonicMs() + periodMs
    const percent = ofBytes === 0 ? 100 : Math.floor((bytes / ofBytes) * 100)
    terminal.progress(`${percent} %  ${aboutBytes(bytes)} of at most ${aboutBytes(ofBytes)}, ${records} records`)
  }
}

/** A size for people. */
export function aboutBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB']
  let unit = 0
  let size = bytes
  for (; size >= 1024 && unit < units.length - 1; unit++) size /= 1024
  return `${Number.isInteger(size) ? size : size.toFixed(1)} ${units[unit]}`
}
