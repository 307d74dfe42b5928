import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { dataVersionShape } from './data-version.ts'
import { json } from './json.ts'
import { int64, orElse } from './shapes.ts'

const timerMetricsShape = v.object({
  dataVersion: dataVersionShape,
  /** By topic; `timeStamp`: when it was counted, in milliseconds since the Unix epoch. */
  timingCount: v.record(v.string(), v.object({ count: orElse(int64, 0), timeStamp: orElse(int64, 0) })),
})
/** How many messages wait for a time of their own. */
export type TimerMetrics = v.InferOutput<typeof timerMetricsShape>
export const timerMetrics: BodyCodec<TimerMetrics> = json<TimerMetrics>('TimerMetrics', timerMetricsShape)
