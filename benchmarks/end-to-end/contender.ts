import { mkdirSync, rmSync } from 'node:fs'
import type { Generators } from './generators.ts'
import { ServerLoad } from './load-round.ts'
import { takenPorts } from './port-check.ts'
import type { Figures } from './report/measurement.ts'
import type { FlushMode, RunningServer, ServerKind, StartOptions } from './servers/server.ts'
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
  #starts = 0
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
    const { server, figures } = await this.#started(kind, options, idleSeconds ?? this.#options.idleSeconds)
    this.settings[`${kind.name} ${flush}`] = server.settings.map((line) => line.replaceAll(directory, '<dir>'))
    return {
      kind,
      server,
      directory,
      started: figures,
      load: new ServerLoad(kind, server, ++this.#starts, this.#generators),
    }
  }

  /** A server that does not come up is stopped at once: the next round needs its ports. */
  async #started(kind: ServerKind, options: StartOptions, idleSeconds: number) {
    let begun: RunningServer | undefined
    try {
      const started = await measureStart(kind, options, idleSeconds, (server) => {
        begun = server
        this.#running.add(server)
      })
      if (this.#stopped) throw new Error('stopped')
      return started
    } catch (error) {
      if (begun !== undefined) await this.#end(begun)
      throw error
    }
  }

  async #end(server: RunningServer): Promise<void> {
    await server.stop()
    this.#running.delete(server)
  }

  async stop({ server }: Contender): Promise<void> {
    await this.#end(server)
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
    await Promise.all([...this.#running].map((server) => this.#end(server)))
  }
}
