import type { RunningServer, ServerOptions, ServerProgram } from '../servers.ts'

/** NameServer and broker of some scenarios alone, who may have them killed. */
export class OwnServer {
  readonly #program: ServerProgram
  readonly #options: ServerOptions
  /** Absent while it is down. */
  #running: RunningServer | undefined
  readonly namesrv: string

  private constructor(program: ServerProgram, options: ServerOptions, running: RunningServer) {
    this.#program = program
    this.#options = options
    this.#running = running
    this.namesrv = running.namesrv
  }

  static async start(program: ServerProgram, options: ServerOptions): Promise<OwnServer> {
    return new OwnServer(program, options, await program.start(options))
  }

  /** `restart`: kill -9, and another start on what is stored. */
  async act(request: string): Promise<void> {
    if (request !== 'restart')
      throw new Error(`${request}: a server of its own can be asked to restart, and for nothing else`)
    await this.kill()
    this.#running = await this.#program.start(this.#options)
  }

  /** kill -9. Nothing is left of it but its store. */
  async kill(): Promise<void> {
    const running = this.#running
    this.#running = undefined
    await running?.kill()
  }
}
