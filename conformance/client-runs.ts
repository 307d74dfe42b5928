import { join } from 'node:path'
import { runMqadmin } from './admin/run-mqadmin.ts'
import { adminSteps } from './admin/steps.ts'
import { adminClient, diskClient } from './java.ts'
import type { ScenarioResult } from './results.ts'
import type { Rig } from './rig.ts'
import { type OpenRow, selected } from './rows.ts'
import { runAliOns } from './run-ali-ons.ts'
import { runJavaScenarios } from './run-java-scenarios.ts'
import type { ClientKind } from './scenarios/scenario.ts'
import type { RunningServer, Side } from './servers.ts'

/** Scenarios by name, and which try of theirs it is, from 1. */
interface Tried {
  readonly names: readonly string[]
  readonly attempt: number
}

/** What every client runs against one running server. */
export class ClientRuns {
  readonly #rig: Rig
  readonly #side: Side
  readonly #server: RunningServer

  constructor(rig: Rig, side: Side, server: RunningServer) {
    this.#rig = rig
    this.#side = side
    this.#server = server
  }

  /** All but what measures short times: one client after the other, the scenarios of each side by side. */
  async all(): Promise<void> {
    for (const client of this.#rig.options.clients) {
      if (client === 'ali-ons') await this.#aliOns()
      else if (client === adminClient) await this.#mqadmin()
      else await this.#java(client, false)
    }
  }

  /** What measures short times: nothing else may be running. */
  async alone(): Promise<void> {
    for (const client of this.#rig.options.clients) await this.#java(client, true)
  }

  /** A row's scenario, with names of topics and groups that the tries before had not. */
  async again({ scenario, client }: OpenRow, attempt: number): Promise<void> {
    if (client === 'ali-ons') return this.#aliOns({ names: [scenario], attempt })
    if (client === adminClient) return this.#mqadmin({ names: [scenario], attempt })
    await runJavaScenarios({
      client: this.#rig.clients.get(client)!,
      namesrv: this.#server.namesrv,
      names: [scenario],
      label: `${this.#side.label}-try-${attempt}`,
      tag: `${client}-try-${attempt}`,
      onResult: this.#noted(client),
    })
  }

  async #java(client: string, alone: boolean): Promise<void> {
    const java = this.#rig.clients.get(client)
    if (java === undefined || client === adminClient) return
    const names = selected(this.#rig.options, 'java')
      .filter((scenario) => scenario.server === undefined && (scenario.alone ?? false) === alone)
      .filter((scenario) => (scenario.only ?? client) === client)
      .map((scenario) => scenario.name)
    await runJavaScenarios({
      client: java,
      namesrv: this.#server.namesrv,
      names,
      label: `${this.#side.label}${alone ? '-alone' : ''}`,
      onResult: this.#noted(client),
    })
  }

  async #mqadmin({ names, attempt } = this.#first('mqadmin')): Promise<void> {
    const { clients, directory } = this.#rig
    await runMqadmin({
      client: clients.get(adminClient)!,
      namesrv: this.#server.namesrv,
      defined: { '@broker': `127.0.0.1:${this.#side.brokerPort}` },
      names,
      steps: adminSteps,
      attempt,
      label: this.#side.label,
      directory: join(directory, `${this.#side.label}-${adminClient}`),
      onResult: this.#noted(adminClient),
    })
  }

  async #aliOns({ names, attempt } = this.#first('ali-ons')): Promise<void> {
    const { clients, directory, processes } = this.#rig
    await runAliOns({
      java: clients.get(diskClient)!,
      processes,
      namesrv: this.#server.namesrv,
      names,
      attempt,
      directory: join(directory, 'ali-ons'),
      label: this.#side.label,
      onResult: this.#noted('ali-ons'),
    })
  }

  #first(kind: ClientKind): Tried {
    return { names: selected(this.#rig.options, kind).map((scenario) => scenario.name), attempt: 1 }
  }

  #noted(client: string): (result: ScenarioResult) => void {
    return (result) => this.#rig.rows.note(this.#side, client, result)
  }
}
