import { join } from 'node:path'
import { commonProperties, type RunningPart, type ServerProgram } from '../servers.ts'

const host = '127.0.0.1'
/** An Apache broker has two more ports of its own, below and above. */
const portsOfBroker = 10

/** The lowest period that either program takes: a NameServer that comes back knows all brokers after it. */
const brokerProperties = {
  ...commonProperties,
  mappedFileSizeCommitLog: String(16 * 1024 * 1024),
  registerNameServerPeriod: '10000',
}

export interface ClusterPlace {
  readonly program: ServerProgram
  readonly directory: string
  readonly namesrvPort: number
  readonly brokerPort: number
}

/** What is started and killed by its name. */
interface Part {
  readonly address: string
  readonly start: () => Promise<RunningPart>
}

/** Two NameServers, `n1` and `n2`, and three brokers that register with both: `broker-a`, `broker-b`, `broker-c`. Each part can be killed and started again on what it has stored. */
export class Cluster {
  readonly #parts: ReadonlyMap<string, Part>
  readonly #running = new Map<string, RunningPart>()
  readonly #namesrvs: readonly string[]
  readonly #brokers: readonly string[]

  private constructor({ program, directory, namesrvPort, brokerPort }: ClusterPlace) {
    const parts = new Map<string, Part>()
    for (const [place, name] of ['n1', 'n2'].entries()) {
      const port = namesrvPort + place
      const options = { directory: join(directory, name), port, properties: {} }
      parts.set(name, { address: `${host}:${port}`, start: () => program.startNameServer(options) })
    }
    this.#namesrvs = [...parts.keys()]
    const namesrv = this.namesrv(parts)
    for (const [place, name] of ['broker-a', 'broker-b', 'broker-c'].entries()) {
      const port = brokerPort + place * portsOfBroker
      const options = { directory: join(directory, name), name, port, namesrv, properties: brokerProperties }
      parts.set(name, { address: `${host}:${port}`, start: () => program.startBroker(options) })
    }
    this.#brokers = [...parts.keys()].filter((name) => !this.#namesrvs.includes(name))
    this.#parts = parts
  }

  /** All of it listens; brokers may still be about to register. */
  static async start(place: ClusterPlace): Promise<Cluster> {
    const cluster = new Cluster(place)
    try {
      await cluster.mend()
      return cluster
    } catch (failure) {
      await cluster.kill()
      throw failure
    }
  }

  /** What clients are given as NameServer address. */
  namesrv(parts: ReadonlyMap<string, Part> = this.#parts): string {
    return this.#namesrvs.map((name) => parts.get(name)!.address).join(';')
  }

  /** Addresses by name: `@n1`, `@broker-a`. */
  addresses(): Readonly<Record<string, string>> {
    return Object.fromEntries([...this.#parts].map(([name, { address }]) => [`@${name}`, address]))
  }

  /** `kill broker-b`, or `start broker-b`. */
  async act(request: string): Promise<void> {
    const [deed, name = ''] = request.split(' ')
    if (!this.#parts.has(name)) throw new Error(`${request}: there is no ${name} in the cluster`)
    if (deed === 'kill') await this.#kill(name)
    else if (deed === 'start') await this.#start(name)
    else throw new Error(`${request}: a part of the cluster is killed or started`)
  }

  /** Starts all that does not run, NameServers first, because a broker would register with those that listen only. */
  async mend(): Promise<void> {
    await this.#startAll(this.#namesrvs)
    await this.#startAll(this.#brokers)
  }

  /** Nothing is read of its stores any more. */
  async kill(): Promise<void> {
    await Promise.all([...this.#running.keys()].map((name) => this.#kill(name)))
  }

  /** Waits for each of them, so that after a failure none comes up later. */
  async #startAll(names: readonly string[]): Promise<void> {
    const missing = names.filter((name) => !this.#running.has(name))
    const outcomes = await Promise.allSettled(missing.map((name) => this.#start(name)))
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  }

  async #start(name: string): Promise<void> {
    this.#running.set(name, await this.#parts.get(name)!.start())
  }

  async #kill(name: string): Promise<void> {
    const part = this.#running.get(name)
    this.#running.delete(name)
    await part?.kill()
  }
}
