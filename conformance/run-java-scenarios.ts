import type { JavaClient } from './java.ts'
import { PrintedResults, type ScenarioResult } from './results.ts'

/** Most scenarios wait most of the time; so many run side by side in one JVM. */
const parallel = 8

export interface JavaRun {
  readonly client: JavaClient
  readonly namesrv: string
  readonly names: readonly string[]
  readonly label: string
  /** Stands in the names of topics and groups; the client's name unless set. */
  readonly tag?: string
  readonly onResult: (result: ScenarioResult) => void
}

/** Runs scenarios in one JVM; a scenario without an answer gets a failed result. */
export async function runJavaScenarios({ client, namesrv, names, label, tag, onResult }: JavaRun): Promise<void> {
  if (names.length === 0) return
  const results = new PrintedResults(names, onResult)
  const args = [namesrv, tag ?? client.name, String(parallel), ...names]
  const code = await client.start('Main', args, label, { onLine: results.onLine }).exited
  results.end(`the JVM ended with ${code} before this scenario had a result`)
}
