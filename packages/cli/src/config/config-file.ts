import { type FileSystem, systemCodeOf } from '@cometmq/platform'
import { ConfigError } from './config-error.ts'
import { readJavaProperties, type Setting } from './java-properties.ts'
import { nearestName } from './nearest-name.ts'
import { type OptionsSchema, optionNames, readOption } from './option-schema.ts'

/** A configuration file is a few kilobytes; what is larger is something else. */
const maxFileBytes = 1024 * 1024

/**
 * A file like Apache's `broker.conf`. Each part of CometMQ takes what its schema of options knows; what nobody took is warned of.
 *
 * @example
 * const file = ConfigFile.parse('broker.conf', 'listenPort=10921\nlistenPrt=1\n')
 * file.take(brokerOptions) // { listenPort: 10921 }
 * file.warnings(knownNames) // ['broker.conf:2: listenPrt is not known; did you mean listenPort?']
 */
export class ConfigFile {
  readonly #name: string
  readonly #settings: Map<string, Setting>
  readonly #taken = new Set<string>()
  readonly #knownHere = new Set<string>()

  /** The file at `path`; an empty one when there is no path. @throws ConfigError */
  static async read(path: string | undefined, files: FileSystem): Promise<ConfigFile> {
    if (path === undefined) return ConfigFile.parse('', '')
    try {
      return ConfigFile.parse(path, (await files.readFile(path, maxFileBytes)).toString('utf8'))
    } catch (error) {
      throw new ConfigError(`cannot read the configuration file ${path}: ${reasonOf(error)}`, error)
    }
  }

  static parse(name: string, text: string): ConfigFile {
    return new ConfigFile(name, readJavaProperties(text))
  }

  constructor(name: string, settings: readonly Setting[]) {
    this.#name = name
    this.#settings = new Map(settings.map((setting) => [setting.property, setting]))
  }

  /** The options that the file sets, by the names of the schema, all but those of the properties in `except`. @throws ConfigError */
  take(schema: OptionsSchema, except: ReadonlySet<string> = new Set()): Record<string, unknown> {
    const options: Record<string, unknown> = {}
    for (const [property, name] of optionNames(schema)) {
      this.#knownHere.add(property)
      const setting = this.#settings.get(property)
      if (setting === undefined || except.has(property)) continue
      this.#taken.add(property)
      const read = readOption(schema.entries[name]!, setting.value)
      if (!read.ok) throw new ConfigError(`${this.#at(setting)}: ${property}=${setting.value} must be ${read.allowed}`)
      options[name] = read.value
    }
    return options
  }

  /** Takes one property out of the file, for one that a command line option replaces. Returns how to speak of it. */
  override(property: string): string | undefined {
    const setting = this.#settings.get(property)
    if (setting === undefined) return undefined
    this.#taken.add(property)
    return `${property}=${setting.value} (${this.#at(setting)})`
  }

  /** This file with what `other` sets besides or otherwise. Where both have a property, errors name the other's line. */
  overlaidWith(other: ConfigFile): ConfigFile {
    const settings = new Map([...this.#settings, ...other.#settings])
    return new ConfigFile(this.#name, [...settings.values()])
  }

  has(property: string): boolean {
    return this.#settings.has(property)
  }

  /** What nobody took: in one sentence the names that RocketMQ has, and one for each that it does not have. */
  warnings(knownToRocketmq: ReadonlySet<string>): string[] {
    const left = [...this.#settings.values()].filter(({ property }) => !this.#taken.has(property))
    const idle = left.filter(({ property }) => knownToRocketmq.has(property))
    const warnings = left
      .filter((setting) => !idle.includes(setting))
      .map((setting) => this.#unknown(setting, knownToRocketmq))
    if (idle.length > 0) {
      const names = idle.map(({ property, line }) => `${property} (line ${line})`).join(', ')
      warnings.unshift(`${this.#name}: known to RocketMQ, has no effect in CometMQ yet: ${names}`)
    }
    return warnings
  }

  #unknown(setting: Setting, knownToRocketmq: ReadonlySet<string>): string {
    const nearest = nearestName(setting.property, [...this.#knownHere, ...knownToRocketmq])
    const hint = nearest === undefined ? 'no property of RocketMQ is called so' : `did you mean ${nearest}?`
    return `${this.#at(setting)}: ${setting.property} is not known; ${hint}`
  }

  #at({ line }: Setting): string {
    return `${this.#name}:${line}`
  }
}

function reasonOf(error: unknown): string {
  const code = systemCodeOf(error)
  if (code === 'ENOENT') return 'there is no such file'
  if (code === 'EISDIR') return 'it is a folder'
  if (code === 'EFBIG') return `it has more than ${maxFileBytes} bytes`
  return code
}
