import { mkdirSync } from 'node:fs'
import type { JavaClient } from '../java.ts'
import type { Running } from '../processes.ts'
import { type Fact, failedResult, type ScenarioResult } from '../results.ts'
import { comparable } from './printed.ts'
import { factName, type Step } from './steps.ts'

export interface AdminRun {
  readonly client: JavaClient
  readonly namesrv: string
  /** What stands for names like `@broker` in the steps. */
  readonly defined: Readonly<Record<string, string>>
  readonly names: readonly string[]
  /** By scenario. */
  readonly steps: Readonly<Record<string, readonly Step[]>>
  /** Does what a step `!ask` asks for. */
  readonly onAsk?: (request: string) => Promise<void>
  readonly label: string
  /** Where mqadmin leaves files of its own. */
  readonly directory: string
  /** From 1. Each try has names of its own: all that begin with A in the steps begin with B in the second, with C in the third. */
  readonly attempt?: number
  readonly onResult: (result: ScenarioResult) => void
}

const firstLetter = 'A'

/** A line of the program: a step's text, a request, or the end of a scenario. */
interface Line {
  readonly scenario: string
  readonly step?: number
  readonly text?: string
  /** It waits for an answer. */
  readonly ask?: string
  readonly tookMs?: number
  readonly error?: string | null
}

/** Runs commands of the Java mqadmin in one JVM; what each prints is a fact. A scenario without an end gets a failed result. */
export async function runMqadmin(run: AdminRun): Promise<void> {
  const { client, namesrv, defined, names, steps, label, directory, attempt = 1, onResult } = run
  if (names.length === 0) return
  const { own, asFirst } = namesOf(attempt)
  mkdirSync(directory, { recursive: true })
  const facts = new Map(names.map((name) => [name, {} as Record<string, Fact>]))
  const definitions = Object.entries(defined).map(([name, value]) => ['!define', name, value])
  const onLine = (text: string) => {
    if (!text.startsWith('{')) return
    const line = JSON.parse(text) as Line
    const found = facts.get(line.scenario)
    if (found === undefined) return
    if (line.ask !== undefined) return void answer(run, line.ask, running)
    if (line.step !== undefined) {
      const place = line.step - definitions.length
      const step = steps[line.scenario]![place]
      if (step !== undefined) found[factName(step, place)] = comparable(asFirst(line.text ?? ''), step)
      return
    }
    facts.delete(line.scenario)
    const { scenario, error = null, tookMs = 0 } = line
    onResult({ scenario, error, facts: found, measurements: {}, tookMs })
  }
  const running = client.start('Admin', [namesrv], label, { cwd: directory, onLine, keepInput: true })
  const lines = names.flatMap((name) => [
    ...definitions.map((parts) => [name, ...parts]),
    ...steps[name]!.map((step) => [name, ...step.run.map(own)]),
  ])
  // An empty line ends the steps; behind it come answers.
  running.child.stdin!.write(`${lines.map((parts) => parts.join('\t')).join('\n')}\n\n`)
  const code = await running.exited
  for (const name of facts.keys()) onResult(failedResult(name, `the JVM ended with ${code} before this scenario did`))
}

/** What a try calls its topics and groups, and back to what the first calls them. */
function namesOf(attempt: number) {
  const letter = String.fromCharCode(firstLetter.charCodeAt(0) + attempt - 1)
  const renamed = (from: string, to: string) => (text: string) =>
    text.replaceAll(new RegExp(`\\b${from}(?=[A-Z](\\d|[PG]))`, 'g'), to)
  return { own: renamed(firstLetter, letter), asFirst: renamed(letter, firstLetter) }
}

/** One line for each request, in the order of requests: the program waits for one before it asks again. */
async function answer({ onAsk }: AdminRun, request: string, running: Running): Promise<void> {
  const said = onAsk === undefined ? Promise.reject(new Error(`nobody does ${request}`)) : onAsk(request)
  const line = await said.then(
    () => 'done',
    (failure: unknown) => `failed: ${String(failure).split('\n', 1)[0]}`,
  )
  if (running.child.exitCode === null) running.child.stdin!.write(`${line}\n`)
}
