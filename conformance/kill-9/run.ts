import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { ownProblems } from '../compare.ts'
import { diskClient } from '../java.ts'
import { missingPrerequisite } from '../prerequisites.ts'
import { Processes } from '../processes.ts'
import { scenarioNamed } from '../scenarios.ts'
import { portStep, type ServerKind, shifted } from '../servers.ts'
import { makeJavaClients, makeSides } from '../setup.ts'
import { killRounds } from './rounds.ts'

// node conformance/kill-9/run.ts [--against cometmq] [--rounds 50]: kill -9, again and again, under load.

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: { against: { type: 'string', default: 'cometmq' }, rounds: { type: 'string', default: '50' } },
  })
  const missing = missingPrerequisite()
  if (missing !== null) throw new Error(missing)
  const directory = mkdtempSync(join(tmpdir(), 'cometmq-kill-9-'))
  const processes = new Processes()
  const usual = makeSides(processes, [values.against as ServerKind], '5.5.0')[0]!
  // Ports of its own, so that a conformance run may go on beside it.
  const side = shifted(usual, portStep.kill9OnItsOwn)
  const client = (await makeJavaClients(processes, [diskClient], directory)).get(diskClient)!
  const result = await killRounds({
    side,
    client,
    rounds: Number(values.rounds),
    directory: join(directory, 'rounds'),
    onRound: (round, acknowledged) => console.log(`round ${round}: ${acknowledged} acknowledged so far`),
  })
  const row = { scenario: 'kill-9', client: diskClient, results: { [side.label]: result } }
  const problems = ownProblems(row, scenarioNamed('kill-9'), side)
  console.log(JSON.stringify({ ...result.facts, ...result.measurements }))
  for (const problem of problems) console.log(problem)
  if (problems.length === 0) rmSync(directory, { recursive: true, force: true })
  else console.log(`kept: ${directory}`)
  return problems.length
}

main().then(
  (problems) => process.exit(problems === 0 ? 0 : 1),
  (failure: unknown) => {
    console.error(failure)
    process.exit(1)
  },
)
