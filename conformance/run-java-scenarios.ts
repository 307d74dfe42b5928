import type { JavaClient } from './java.ts'
import { failedResult, type ScenarioResult } from './results.ts'

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
  const missing = new Set(names)
  const onLine = (line: string) => {
    if (!line.startsWith('{')) return
    const result = JSON.parse(line) as ScenarioResult
    missing.delete(result.scenario)
    onResult(result)
  }
  const code = await client.start('Main', [namesrv, tag ?? client.name, String(parallel), ...names], label, { onLine })
    .exited
  for (const name of missing)
    onResult(failedResult(name, `the JVM ended with ${code} before this scenario had a result`))
}
