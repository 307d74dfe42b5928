import { join } from 'node:path'
import { failedResult, type ScenarioResult } from '../results.ts'
import type { Rig } from '../rig.ts'
import { selected } from '../rows.ts'
import { runJavaScenarios } from '../run-java-scenarios.ts'
import type { Scenario } from '../scenarios/scenario.ts'
import { scenarioNamed } from '../scenarios.ts'
import { portStep, type Side, shifted } from '../servers.ts'
import { OwnServer } from './own-server.ts'
import { type OwnServerName, ownServers } from './own-servers.ts'

/** What runs on one server: scenarios by the clients that know of them. */
interface Programme {
  readonly server: OwnServerName
  readonly scenarios: readonly Scenario[]
  readonly clients: readonly string[]
}

/** Servers that scenarios have for themselves, one after the other, of both sides at the same time: none of them measures short times. */
export async function runOwnServers(rig: Rig): Promise<void> {
  const scenarios = selected(rig.options, 'java').filter(({ server }) => server !== undefined)
  const clients = rig.options.clients.filter((client) => client.startsWith('java-'))
  if (clients.length === 0) return
  for (const server of Object.keys(ownServers) as OwnServerName[]) {
    const own = scenarios.filter((scenario) => scenario.server === server)
    await Promise.all(rig.sides.map((side) => play(rig, side, { server, scenarios: own, clients }, '')))
  }
}

/** A later try of one row, on a new server. */
export async function ownServerRow(rig: Rig, side: Side, row: { scenario: string; client: string }, suffix: string) {
  const scenario = scenarioNamed(row.scenario)
  await play(rig, side, { server: scenario.server!, scenarios: [scenario], clients: [row.client] }, suffix)
}

async function play(rig: Rig, side: Side, { server: name, scenarios, clients }: Programme, suffix: string) {
  const runs = clients.map((client) => ({ client, names: namesFor(client, scenarios) }))
  if (runs.every(({ names }) => names.length === 0)) return
  const label = `${side.label}-${name}${suffix}`
  const { program, namesrvPort, brokerPort } = shifted(side, portStep.ownServer)
  const options = { directory: join(rig.directory, label), namesrvPort, brokerPort, properties: ownServers[name] }
  let server: OwnServer
  try {
    server = await OwnServer.start(program, { ...options, isShortLived: true })
  } catch (failure) {
    for (const { client, names } of runs)
      for (const scenario of names) rig.rows.note(side, client, failedResult(scenario, String(failure)))
    return
  }
  try {
    for (const { client, names } of runs) await runJava(rig, side, server, { client, names, label })
  } finally {
    await server.kill()
  }
}

function namesFor(client: string, scenarios: readonly Scenario[]): string[] {
  return scenarios.filter(({ only }) => (only ?? client) === client).map(({ name }) => name)
}

function runJava(
  rig: Rig,
  side: Side,
  server: OwnServer,
  { client, names, label }: { client: string; names: readonly string[]; label: string },
): Promise<void> {
  return runJavaScenarios({
    client: rig.clients.get(client)!,
    namesrv: server.namesrv,
    names,
    label,
    parallel: 1,
    onAsk: (request) => server.act(request),
    onResult: (result: ScenarioResult) => rig.rows.note(side, client, result),
  })
}
