import { type Clock, type FileSystem, type Logger, readReplaceable } from '@cometmq/platform'
import { responseCode } from '@cometmq/protocol'
import {
  type MessageRequestMode,
  type MessageRequestModes as Modes,
  messageRequestModesFile,
} from '@cometmq/protocol/bodies'
import { Refusal } from '@cometmq/remoting'
import { ConfigFile } from '../config-file.ts'
import { brokerLimits } from '../limits.ts'

interface World {
  files: FileSystem
  clock: Clock
  logger: Logger
}

/** Whether groups pull or pop a topic, as administrators have said; kept in `messageRequestMode.json`. */
export class MessageRequestModes {
  /** By topic, then by group. */
  readonly #modes: Modes['messageRequestModeMap']
  readonly #file: ConfigFile
  #size = 0

  static async load(path: string, world: World): Promise<MessageRequestModes> {
    const stored = await readReplaceable(world.files, path, (content) => messageRequestModesFile.decode(content))
    return new MessageRequestModes(path, stored?.messageRequestModeMap ?? {}, world)
  }

  private constructor(path: string, modes: Modes['messageRequestModeMap'], world: World) {
    this.#modes = modes
    for (const groups of Object.values(modes)) this.#size += Object.keys(groups).length
    this.#file = new ConfigFile(path, () => messageRequestModesFile.encode(this.all()), world)
  }

  get(topic: string, group: string): MessageRequestMode | undefined {
    return Object.hasOwn(this.#modes, topic) ? this.#modes[topic]?.[group] : undefined
  }

  all(): Modes {
    return { messageRequestModeMap: this.#modes }
  }

  /** Resolves when it is durable. @throws Refusal when there are too many, FileSystemError */
  async set(mode: MessageRequestMode): Promise<void> {
    const { topic, consumerGroup } = mode
    if (this.get(topic, consumerGroup) === undefined && ++this.#size > brokerLimits.messageRequestModes) {
      this.#size--
      throw new Refusal(
        responseCode.SYSTEM_ERROR,
        `it is said of ${brokerLimits.messageRequestModes} topics of groups whether they pull or pop, and that is the limit`,
      )
    }
    this.#modes[topic] = { ...this.#modes[topic], [consumerGroup]: mode }
    await this.#file.save()
  }

  close(): Promise<void> {
    return this.#file.settle()
  }
}
