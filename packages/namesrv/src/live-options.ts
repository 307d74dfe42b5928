import { type FileSystem, replaceFile } from '@cometmq/platform'
import { encodePropertiesText } from '@cometmq/protocol/bodies'
import { optionsFromProperties, type Properties, propertiesOf, type ResolvedOptions } from './options.ts'

/** Never changed over the network, whatever the configured list says. */
const alwaysListed = ['configBlackList', 'configStorePath', 'kvConfigPath', 'rocketmqHome']

/**
 * The options in force. An administrator may change them while the NameServer runs; what is changed is stored at `configStorePath`, which is
 * read by who starts a NameServer with it as its configuration file, and not otherwise.
 */
export class LiveOptions {
  readonly #files: FileSystem
  #current: ResolvedOptions
  #storing: Promise<void> = Promise.resolve()

  constructor(options: ResolvedOptions, files: FileSystem) {
    this.#current = options
    this.#files = files
  }

  get current(): ResolvedOptions {
    return this.#current
  }

  /** The first of the properties that may not be changed over the network. */
  firstListed(properties: Properties): string | undefined {
    const listed = new Set([...this.#current.configBlackList.split(';'), ...alwaysListed])
    return [...properties.keys()].find((property) => listed.has(property))
  }

  /**
   * Changes what the properties name and stores all options. Unknown properties are ignored, as Apache's NameServer does, and returned.
   *
   * @throws OptionError, FileSystemError
   */
  async update(properties: Properties): Promise<string[]> {
    const { options, unknown } = optionsFromProperties(properties)
    const stored = this.#storing.then(async () => {
      const next: ResolvedOptions = { ...this.#current, ...options }
      const text = encodePropertiesText(propertiesOf(next))
      await replaceFile(this.#files, next.configStorePath, Buffer.from(text), { keepPrevious: true })
      this.#current = next
    })
    // The next update waits for this one, however it ends; its failure is the caller's.
    this.#storing = stored.catch(() => {})
    await stored
    return unknown
  }
}
