import { readFileSync, statfsSync } from 'node:fs'
import { cpus, loadavg, release, totalmem } from 'node:os'

export interface Machine {
  readonly processor: string
  readonly cores: number
  readonly memoryMb: number
  readonly kernel: string
  readonly fileSystem: string
  /** The load of the minute before the run: it should be near zero. */
  readonly loadBefore: number
  readonly generator: string
}

const memoryFileSystems: ReadonlySet<string> = new Set(['tmpfs', 'ramfs'])

export function describeMachine(directory: string): Machine {
  return {
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    memoryMb: Math.round(totalmem() / 1024 / 1024),
    kernel: release(),
    fileSystem: fileSystemOf(directory),
    loadBefore: loadavg()[0] ?? 0,
    generator: `Node ${process.version}`,
  }
}

export function isMemoryFileSystem(name: string): boolean {
  return memoryFileSystems.has(name)
}

export function freeMb(directory: string): number {
  const { bavail, bsize } = statfsSync(directory)
  return (bavail * bsize) / 1024 / 1024
}

/** The type of the mount that holds the directory: the longest mount point that begins its path. */
function fileSystemOf(directory: string): string {
  let best = { point: '', type: 'unknown' }
  for (const line of readFileSync('/proc/self/mounts', 'utf8').split('\n')) {
    const [, point, type] = line.split(' ')
    if (point === undefined || type === undefined || point.length < best.point.length) continue
    if (point === '/' || directory === point || directory.startsWith(`${point}/`)) best = { point, type }
  }
  return best.type
}
