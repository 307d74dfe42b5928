import { readdirSync, readFileSync } from 'node:fs'

/** USER_HZ is 100 on every Linux that Node supports. */
const ticksPerSecond = 100
const sampleMs = 200
const bytesPerMb = 1024 * 1024

export interface MemoryFigures {
  /** Anonymous resident memory: heap and stacks, without mapped files. */
  readonly anonymousMb: number
  readonly residentMb: number
  /** The highest resident memory so far, mapped files included. */
  readonly peakMb: number
}

/** User and system time of all these processes, threads included, children that ended left out, in seconds. */
export function cpuSeconds(pids: readonly number[]): number {
  let ticks = 0
  for (const pid of pids) {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    ticks += Number(fields[11]) + Number(fields[12])
  }
  return ticks / ticksPerSecond
}

/** Busy time of the whole machine since it started, in CPU seconds. */
export function machineBusySeconds(): number {
  const line = readFileSync('/proc/stat', 'latin1').split('\n', 1)[0] ?? ''
  const [user, nice, system, , , irq, softirq, steal] = line.trim().split(/\s+/).slice(1).map(Number)
  return (user! + nice! + system! + irq! + softirq! + steal!) / ticksPerSecond
}

export function memory(pids: readonly number[]): MemoryFigures {
  let anonymous = 0
  let resident = 0
  let peak = 0
  for (const pid of pids) {
    const status = readFileSync(`/proc/${pid}/status`, 'latin1')
    anonymous += kilobytes(status, 'RssAnon')
    resident += kilobytes(status, 'VmRSS')
    peak += kilobytes(status, 'VmHWM')
  }
  const mb = (kb: number) => (kb * 1024) / bytesPerMb
  return { anonymousMb: mb(anonymous), residentMb: mb(resident), peakMb: mb(peak) }
}

/** Looks at the memory of processes again and again, and keeps the highest sum. */
export class MemorySampler {
  peakAnonymousMb = 0
  readonly #timer: NodeJS.Timeout

  constructor(pids: readonly number[]) {
    this.#timer = setInterval(() => {
      try {
        this.peakAnonymousMb = Math.max(this.peakAnonymousMb, memory(pids).anonymousMb)
      } catch (error) {
        // A server that died is told of by the job that it breaks.
        if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      }
    }, sampleMs)
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}

/** A process and all that it started, as long as they live. */
export function withDescendants(pids: readonly number[]): number[] {
  const found = [...pids]
  for (let index = 0; index < found.length; index += 1) found.push(...childrenOf(found[index]!))
  return found
}

function childrenOf(pid: number): number[] {
  const children: number[] = []
  for (const thread of readdirSync(`/proc/${pid}/task`)) {
    try {
      const text = readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').trim()
      if (text !== '') children.push(...text.split(' ').map(Number))
    } catch (error) {
      // A thread may end between the listing and the reading.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT' && (error as NodeJS.ErrnoException).code !== 'ESRCH')
        throw error
    }
  }
  return children
}

function kilobytes(status: string, name: string): number {
  return Number(new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1] ?? 0)
}
