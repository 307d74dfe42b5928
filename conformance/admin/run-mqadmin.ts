import { mkdirSync } from 'node:fs'
import type { JavaClient } from '../java.ts'
import { type Fact, failedResult, type ScenarioResult } from '../results.ts'
import { comparable } from './printed.ts'
import { adminSteps } from './steps.ts'

export interface AdminRun {
  readonly client: JavaClient
  readonly namesrv: string
  /** `host:port` of the broker. */
  readonly broker: string
  readonly names: readonly string[]
  readonly label: string
  /** Where mqadmin leaves files of its own. */
  readonly directory: string
  /** A second try has names of its own: all that begin with A in the steps begin with B. */
  readonly isAgain?: boolean
  readonly onResult: (result: ScenarioResult) => void
}

/** A line of the program: a step's text, or the end of a scenario. */
interface Line {
  readonly scenario: string
  readonly step?: number
  readonly text?: string
  readonly tookMs?: number
  readonly error?: string | null
}

/** Runs commands of the Java mqadmin in one JVM; what each prints is a fact. A scenario without an end gets a failed result. */
export async function runMqadmin({
  client,
  namesrv,
  broker,
  names,
  label,
  directory,
  isAgain = false,
  onResult,
}: AdminRun): Promise<void> {
  if (names.length === 0) return
  mkdirSync(directory, { recursive: true })
  const facts = new Map(names.map((name) => [name, {} as Record<string, Fact>]))
  const onLine = (text: string) => {
    if (!text.startsWith('{')) return
    const line = JSON.parse(text) as Line
    const found = facts.get(line.scenario)
    if (found === undefined) return
    if (line.step !== undefined)
      return note(found, line.scenario, line.step, isAgain ? firstNames(line.text ?? '') : (line.text ?? ''))
    facts.delete(line.scenario)
    const { scenario, error = null, tookMs = 0 } = line
    onResult({ scenario, error, facts: found, measurements: {}, tookMs })
  }
  const running = client.start('Admin', [namesrv], label, { cwd: directory, onLine, keepInput: true })
  const lines = names.flatMap((name) => [
    [name, '!define', '@broker', broker],
    ...adminSteps[name]!.map((step) => [name, ...(isAgain ? step.run.map(secondNames) : step.run)]),
  ])
  running.child.stdin!.end(`${lines.map((parts) => parts.join('\t')).join('\n')}\n`)
  const code = await running.exited
  for (const name of facts.keys()) onResult(failedResult(name, `the JVM ended with ${code} before this scenario did`))
}

const secondNames = (text: string) => text.replace(/\bA(?=[A-Z](\d|[PG]))/g, 'B')
const firstNames = (text: string) => text.replace(/\bB(?=[A-Z](\d|[PG]))/g, 'A')

/** The first step only says where the broker is. */
function note(facts: Record<string, Fact>, scenario: string, place: number, text: string): void {
  const step = adminSteps[scenario]![place - 1]
  if (step === undefined) return
  const number = String(place).padStart(2, '0')
  facts[`${number} ${step.run.join(' ')}`] = comparable(text, step)
}
