import { NameServer, type NameServerOptions } from '@cometmq/namesrv'
import { type Address, formatAddress, silentLogger } from '@cometmq/platform'
import {
  type Command,
  type ExtFields,
  emptyBody,
  type Frame,
  protocolVersion,
  type RequestInputOf,
} from '@cometmq/protocol'
import { notifyMinBrokerIdChange } from '@cometmq/protocol/commands'
import {
  type Answer,
  handle,
  type InvokeOptions,
  Lane,
  RemotingClient,
  RemotingServer,
  ResponseError,
  Router,
} from '@cometmq/remoting'
import { MemoryFileSystem, SeededRandom, SimulatedClock, SimulatedNetwork } from '@cometmq/testkit/sim'
import { RawPeer, requestFrame } from './raw-peer.ts'

const paths = { kvConfigPath: '/data/namesrv/kvConfig.json', configStorePath: '/data/namesrv/namesrv.properties' }

export interface RawRequest {
  code: number
  /** The asker's release. */
  version?: number
  fields?: Record<string, unknown>
  /** Header fields besides those of the command. */
  ext?: ExtFields
  body?: Buffer
}

/** A simulated network with NameServers and those who talk to them, each on a host of its own. */
export class Stage implements AsyncDisposable {
  readonly clock = new SimulatedClock()
  readonly network = new SimulatedNetwork({ clock: this.clock, random: new SeededRandom(1) })
  readonly #closers: (() => Promise<void>)[] = []

  async nameServer(
    options: Partial<NameServerOptions> = {},
    { host = 'namesrv', files = new MemoryFileSystem() } = {},
  ): Promise<{ address: Address; files: MemoryFileSystem; nameServer: NameServer }> {
    const world = { clock: this.clock, network: this.network.host(host), files, logger: silentLogger }
    const nameServer = new NameServer({ ...paths, ...options }, world)
    this.#closers.push(() => nameServer.close())
    await this.clock.until(nameServer.start())
    return { address: { host, port: nameServer.address.port }, files, nameServer }
  }

  /** Somebody on a host of their own, with a connection of their own to each NameServer. */
  caller(host: string, address: Address): Caller {
    const world = { clock: this.clock, network: this.network.host(host), logger: silentLogger }
    const client = new RemotingClient({}, world)
    this.#closers.push(() => client.close())
    return new Caller(client, address, this.clock)
  }

  /** One request over a connection of its own, which stays open, by a peer of any version. */
  async askRaw(address: Address, request: RawRequest): Promise<Frame> {
    const { code, version = protocolVersion, fields = {}, ext = {}, body = emptyBody } = request
    const connecting = this.network.host('raw').connect(address, { timeoutMs: 1_000 })
    const peer = new RawPeer(await this.clock.until(connecting))
    const texts = Object.entries(fields).map(([name, value]) => [name, String(value)])
    const frame = requestFrame({ code, version, ext: { ...Object.fromEntries(texts), ...ext } }, body)
    return this.clock.until(peer.ask(frame))
  }

  /** A broker that listens, and keeps what NameServers tell it of the smallest id of its group. */
  async listenForNotices(host: string, port: number): Promise<object[]> {
    const notices: object[] = []
    const note = handle(notifyMinBrokerIdChange, () => (notice) => {
      notices.push(JSON.parse(JSON.stringify(notice)))
      return {}
    })
    const router = new Router([{ processor: note({}), lane: new Lane('all', 10) }], silentLogger)
    const world = { clock: this.clock, network: this.network.host(host), logger: silentLogger }
    const server = new RemotingServer({ listen: { host, port } }, router, world)
    this.#closers.push(() => server.close())
    await this.clock.until(server.start())
    return notices
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.clock.until(Promise.all(this.#closers.map((close) => close())))
  }
}

/** Asks one NameServer. */
export class Caller {
  readonly client: RemotingClient
  readonly #address: Address
  readonly #clock: SimulatedClock

  constructor(client: RemotingClient, address: Address, clock: SimulatedClock) {
    this.client = client
    this.#address = address
    this.#clock = clock
  }

  ask<C extends Command>(command: C, request: RequestInputOf<C>, options: InvokeOptions<C> = {}): Promise<Answer<C>> {
    return this.#clock.until(this.client.invoke(this.#address, command, request, options))
  }

  /** The code and remark of a request that is refused. */
  async refusal<C extends Command>(
    command: C,
    request: RequestInputOf<C>,
    options: InvokeOptions<C> = {},
  ): Promise<{ code: number; remark: string }> {
    try {
      await this.ask(command, request, options)
    } catch (error) {
      if (error instanceof ResponseError) return { code: error.responseCode, remark: error.remark ?? '' }
      throw error
    }
    throw new Error(`${command.name} was not refused by ${formatAddress(this.#address)}`)
  }

  async disconnect(): Promise<void> {
    await this.#clock.until(this.client.close())
    await this.#clock.advance(100)
  }
}
