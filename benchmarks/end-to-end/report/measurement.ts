import type { FlushMode } from '../servers/server.ts'

/** Every figure by its name, with its unit last; which of them a workload has depends on its kind. */
export type Metric =
  | 'messagesPerSecond'
  | 'mbPerSecond'
  | 'p50Ms'
  | 'p99Ms'
  | 'p999Ms'
  | 'maxMs'
  | 'serverCpuSecondsPerMillion'
  | 'generatorCpuSecondsPerMillion'
  | 'anonymousMb'
  | 'peakMb'
  | 'otherCores'
  | 'refused'
  | 'readyMs'
  | 'firstAcknowledgedMs'
  | 'idleAnonymousMb'
  | 'idleResidentMb'

export type Figures = Readonly<Partial<Record<Metric, number>>>

/** One round of one workload on one server. */
export interface Measurement {
  readonly flush: FlushMode
  readonly workload: string
  readonly server: string
  readonly round: number
  readonly figures: Figures
}

export interface Failure {
  readonly flush: FlushMode
  readonly workload: string
  readonly server: string
  readonly round: number
  readonly reason: string
}
