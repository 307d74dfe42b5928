import type { JavaClient } from './java.ts'
import type { Running } from './processes.ts'
import { PrintedResults, type ScenarioResult } from './results.ts'

/** Most scenarios wait most of the time; so many run side by side in one JVM. */
const usualParallel = 8
/** A line that begins so asks for something. */
const asking = '!'

export interface JavaRun {
  readonly client: JavaClient
  readonly namesrv: string
  readonly names: readonly string[]
  readonly label: string
  /** Stands in the names of topics and groups; the client's name unless set. */
  readonly tag?: string
  /** How many scenarios run side by side. */
  readonly parallel?: number
  /** Does what a scenario asks for. */
  readonly onAsk?: (request: string) => Promise<void>
  readonly onResult: (result: ScenarioResult) => void
}

/** Runs scenarios in one JVM; a scenario without an answer gets a failed result. */
export async function runJavaScenarios(run: JavaRun): Promise<void> {
  const { client, namesrv, names, label, tag = client.name, parallel = usualParallel, onAsk, onResult } = run
  if (names.length === 0) return
  const results = new PrintedResults(names, onResult)
  const onLine = (line: string) => {
    if (onAsk !== undefined && line.startsWith(asking)) void answer(onAsk(line.slice(asking.length)), running)
    else results.onLine(line)
  }
  const args = [namesrv, tag, String(parallel), ...names]
  const running = client.start('Main', args, label, { onLine, keepInput: onAsk !== undefined })
  const code = await running.exited
  results.end(`the JVM ended with ${code} before this scenario had a result`)
}

/** One line for each request, in the order of requests: the program waits for one before it asks again. */
async function answer(done: Promise<void>, { child }: Running): Promise<void> {
  const line = await done.then(
    () => 'done',
    (failure: unknown) => `failed: ${String(failure).split('\n', 1)[0]}`,
  )
  if (child.exitCode === null) child.stdin!.write(`${line}\n`)
}
