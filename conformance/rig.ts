import type { JavaClient } from './java.ts'
import type { Options } from './options.ts'
import type { Processes } from './processes.ts'
import type { Rows } from './rows.ts'
import type { Side } from './servers.ts'

/** What all parts of one run work with. */
export interface Rig {
  readonly options: Options
  readonly processes: Processes
  readonly sides: readonly Side[]
  readonly clients: ReadonlyMap<string, JavaClient>
  /** Everything that the run leaves lies below it. */
  readonly directory: string
  readonly rows: Rows
}
