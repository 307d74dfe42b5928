import { type Address, formatAddress, type Logger, messageOf } from '@cometmq/platform'
import type { DataVersion, TopicConfig } from '@cometmq/protocol/bodies'
import type { Peer, RemotingClient } from '@cometmq/remoting'

/** Registers over a connection, with these topics or, when there are none given, with all, under the version that they have. */
export type Register = (peer: Peer, topics: TopicConfig[] | undefined, version: DataVersion) => Promise<void>

/**
 * What one NameServer is told, one registration at a time: changes that come meanwhile go together into the next. One that may have missed a
 * change, or have forgotten us because the connection broke, is told everything.
 */
export class NameServerLink {
  readonly address: Address
  readonly #client: RemotingClient
  readonly #register: Register
  readonly #version: () => DataVersion
  readonly #logger: Logger
  /** By name; `undefined` stands for all topics. */
  #untold: Map<string, TopicConfig> | undefined
  /** The connection on which it was last told, with success. */
  #toldOver: Peer | undefined
  #round: Promise<void> = Promise.resolve()
  #next: Promise<void> | undefined
  #isFailing = false
  #closed = false

  constructor(
    address: Address,
    register: Register,
    version: () => DataVersion,
    world: { client: RemotingClient; logger: Logger },
  ) {
    this.address = address
    this.#register = register
    this.#version = version
    this.#client = world.client
    this.#logger = world.logger
  }

  /** It did not answer last time. */
  get isFailing(): boolean {
    return this.#isFailing
  }

  /** Tells of the topics that changed, or of all; resolves when that has succeeded or failed. */
  tell(changed?: readonly TopicConfig[]): Promise<void> {
    if (changed === undefined) this.#untold = undefined
    else for (const topic of changed) this.#untold?.set(topic.topicName, topic)
    this.#next ??= this.#round.then(() => {
      this.#next = undefined
      this.#round = this.#tellUntold()
      return this.#round
    })
    return this.#next
  }

  /** From now on failures are not worth a line in the log. */
  close(): void {
    this.#closed = true
  }

  async #tellUntold(): Promise<void> {
    const untold = this.#untold
    this.#untold = new Map()
    // Not a later one, which belongs to what is told next.
    const version = this.#version()
    try {
      const peer = await this.#client.connect(this.address)
      const isPart = untold !== undefined && peer === this.#toldOver
      await this.#register(peer, isPart ? [...untold.values()] : undefined, version)
      this.#toldOver = peer
      if (this.#isFailing) this.#logger.info({ nameServer: formatAddress(this.address) }, 'registered again')
      this.#isFailing = false
    } catch (error) {
      this.#untold = undefined
      this.#noteFailure(error)
    }
  }

  #noteFailure(error: unknown): void {
    // The log tells of a change and not of every round.
    if (this.#closed || this.#isFailing) return
    this.#isFailing = true
    this.#logger.warn(
      { nameServer: formatAddress(this.address), reason: messageOf(error) },
      'could not register; clients that ask this NameServer do not find us. Trying again every period',
    )
  }
}
