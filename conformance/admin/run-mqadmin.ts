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
  /** From 1. Each try has names of its own: all that begin with A in the steps begin with B in the second, with C in the third. */
  readonly attempt?: number
  readonly onResult: (result: ScenarioResult) => void
}

const firstLetter = 'A'

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
  attempt = 1,
  onResult,
}: AdminRun): Promise<void> {
  if (names.length === 0) return
  const { own, asFirst } = namesOf(attempt)
  mkdirSync(directory, { recursive: true })
  const facts = new Map(names.map((name) => [name, {} as Record<string, Fact>]))
  const onLine = (text: string) => {
    if (!text.startsWith('{')) return
    const line = JSON.parse(text) as Line
    const found = facts.get(line.scenario)
    if (found === undefined) return
    if (line.step !== undefined) return note(found, line.scenario, line.step, asFirst(line.text ?? ''))
    facts.delete(line.scenario)
    const { scenario, error = null, tookMs = 0 } = line
    onResult({ scenario, error, facts: found, measurements: {}, tookMs })
  }
  const running = client.start('Admin', [namesrv], label, { cwd: directory, onLine, keepInput: true })
  const lines = names.flatMap((name) => [
    [name, '!define', '@broker', broker],
    ...adminSteps[name]!.map((step) => [name, ...step.run.map(own)]),
  ])
  running.child.stdin!.end(`${lines.map((parts) => parts.join('\t')).join('\n')}\n`)
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

/** The first step only says where the broker is. */
function note(facts: Record<string, Fact>, scenario: string, place: number, text: string): void {
  const step = adminSteps[scenario]![place - 1]
  if (step === undefined) return
  const number = String(place).padStart(2, '0')
  facts[`${number} ${step.run.join(' ')}`] = comparable(text, step)
}
