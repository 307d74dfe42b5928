import type { Series } from '../generator/time-series.ts'
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
  | 'peakAnonymousMb'
  | 'systemCallsPerMessage'
  | 'sendsPerSecond'
  | 'sendP99Ms'
  | 'generatorLateP99Ms'
  | 'shareOfRawRead'
  | 'otherCores'
  | 'refused'
  | 'readyMs'
  | 'firstAcknowledgedMs'
  | 'idleAnonymousMb'
  | 'idleResidentMb'
  | 'allThereMs'
  | 'storedMb'
  | 'limitPerSecond'
  | 'limitMbPerSecond'
  | 'limitCpuSecondsPerMillion'

export type Figures = Readonly<Partial<Record<Metric, number>>>

/** One round of one workload on one server. */
export interface Measurement {
  readonly flush: FlushMode
  readonly workload: string
  readonly server: string
  readonly round: number
  readonly figures: Figures
  /** How the window went, for the plots. */
  readonly series?: Series
}

export interface Failure {
  readonly flush: FlushMode
  readonly workload: string
  readonly server: string
  readonly round: number
  readonly reason: string
}
