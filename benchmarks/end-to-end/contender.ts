import { mkdirSync, rmSync } from 'node:fs'
import type { Generators } from './generators.ts'
import { ServerLoad } from './load-round.ts'
import { takenPorts } from './port-check.ts'
import type { Figures } from './report/measurement.ts'
import type { FlushMode, RunningServer, ServerKind } from './servers/server.ts'
import { measureStart } from './start-up.ts'

/** A running server and the load on it. */
export interface Contender {
  readonly kind: ServerKind
  readonly server: RunningServer
  readonly load: ServerLoad
  readonly directory: string
  /** What its start was like. */
  readonly started: Figures
}

export interface ContenderOptions {
  readonly heap: string
  readonly idleSeconds: number
  readonly portOffset: number
}

/** Starts and stops servers, and knows all that run: nothing outlives `stopAll`. */
export class Contenders {
  readonly settings: Record<string, readonly string[]> = {}
  readonly #options: ContenderOptions
  readonly #generators: Generators
  readonly #running = new Set<RunningServer>()
  #stopped = false

  constructor(options: ContenderOptions, generators: Generators) {
    this.#options = options
    this.#generators = generators
  }

  get stopped(): boolean {
    return this.#stopped
  }

  /** Starts a server on a directory, new or with what it left there, and measures how that goes. */
  async start(kind: ServerKind, flush: FlushMode, directory: string, idleSeconds?: number): Promise<Contender> {
    if (this.#stopped) throw new Error('stopped')
    const taken = await takenPorts(kind, this.#options.portOffset)
    if (taken !== undefined) throw new Error(taken)
    mkdirSync(directory, { recursive: true })
    const options = { directory, flush, heap: this.#options.heap, portOffset: this.#options.portOffset }
    const idle = idleSeconds ?? this.#options.idleSeconds
    const { server, figures } = await measureStart(kind, options, idle, (started) => this.#running.add(started))
    if (this.#stopped) throw new Error('stopped')
    this.settings[`${kind.name} ${flush}`] = server.settings.map((line) => line.replaceAll(directory, '<dir>'))
    return { kind, server, directory, started: figures, load: new ServerLoad(kind, server, this.#generators) }
  }

  async stop({ server }: Contender): Promise<void> {
    await server.stop()
    this.#running.delete(server)
  }

  async kill({ server }: Contender): Promise<void> {
    await server.kill()
    this.#running.delete(server)
  }

  /** Stops a server and removes what it stored. */
  async discard(contender: Contender): Promise<void> {
    await this.stop(contender)
    rmSync(contender.directory, { recursive: true, force: true })
  }

  /** Stops all; may be called at any moment, and more than once. Starts are refused from then on. */
  async close(): Promise<void> {
    this.#stopped = true
    await Promise.all(
      [...this.#running].map(async (server) => {
        await server.stop()
        this.#running.delete(server)
      }),
    )
  }
}
