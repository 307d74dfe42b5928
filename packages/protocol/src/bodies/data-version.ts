import * as v from 'valibot'
import { json } from './json.ts'
import { int64, orElse } from './shapes.ts'

/** Which state of a table somebody has. Two are the same when all three numbers are. */
export const dataVersionShape = v.object({
  counter: orElse(int64, 0),
  stateVersion: orElse(int64, 0),
  /** Milliseconds since the Unix epoch. */
  timestamp: orElse(int64, 0),
})
export type DataVersion = v.InferOutput<typeof dataVersionShape>
export const dataVersion = json<DataVersion>('DataVersion', dataVersionShape)
