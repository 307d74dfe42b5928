import * as v from 'valibot'
import type { BodyCodec } from '../define-command.ts'
import { json } from './json.ts'
import { double, int64, orElse } from './shapes.ts'

const windowShape = v.object({
  /** How much per act. */
  avgpt: orElse(double, 0),
  sum: orElse(int64, 0),
  /** How much per second. */
  tps: orElse(double, 0),
})

const brokerStatsDataShape = v.object({ statsDay: windowShape, statsHour: windowShape, statsMinute: windowShape })
/** One counter over the last day, hour and minute. */
export type BrokerStatsData = v.InferOutput<typeof brokerStatsDataShape>
export const brokerStatsData: BodyCodec<BrokerStatsData> = json<BrokerStatsData>(
  'BrokerStatsData',
  brokerStatsDataShape,
)
