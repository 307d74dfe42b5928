import { resolve } from 'node:path'
import type { Logger } from '@cometmq/platform'
import * as v from 'valibot'
import type { World } from '../world.ts'
import { ConfigError } from './config-error.ts'
import { ConfigFile } from './config-file.ts'
import { brokerPropertyNames, nameServerPropertyNames } from './known-properties.ts'
import type { ServerOptions } from './server-options.ts'
import { shardConfigPath } from './shard.ts'

const defaultDataDirectory = './cometmq-data'

/**
 * The command line and the configuration file of a server. What it is started with is made of both: defaults, then the file, then the command line.
 * Each setting of the file that is replaced or not used is logged, so that nobody wonders.
 */
export class ServerSettings {
  readonly options: ServerOptions
  readonly file: ConfigFile
  readonly #logger: Logger

  /** @throws ConfigError */
  static async load(options: ServerOptions, logger: Logger, world: World): Promise<ServerSettings> {
    const { config, shard } = options
    const file = await ConfigFile.read(config, world.files)
    const own = config === undefined || shard === undefined ? config : shardConfigPath(config, shard)
    if (own === undefined || own === config || (await world.files.stat(own)) === undefined)
      return new ServerSettings(options, file, logger)
    return new ServerSettings(options, file.overlaidWith(await ConfigFile.read(own, world.files)), logger)
  }

  constructor(options: ServerOptions, file: ConfigFile, logger: Logger) {
    this.options = options
    this.file = file
    this.#logger = logger
  }

  /** Folder for all that is kept. */
  get dataDirectory(): string {
    return resolve(this.options.data ?? defaultDataDirectory)
  }

  /** Says that an option of the command line replaces a property, if the option was given and the file has the property. */
  replaces(given: unknown, option: string, property: string): void {
    if (given === undefined) return
    const setting = this.file.override(property)
    if (setting !== undefined) this.#logger.info({}, `${setting} is not used: ${option} was given`)
  }

  /** Warns of what nobody took from the file. Call it when all servers have taken theirs. */
  warnOfTheRest(servers: 'broker' | 'namesrv' | 'both'): void {
    const known = new Set([
      ...(servers === 'namesrv' ? [] : brokerPropertyNames),
      ...(servers === 'broker' ? [] : nameServerPropertyNames),
    ])
    for (const warning of this.file.warnings(known)) this.#logger.warn({}, warning)
  }
}

/** Options that fit their schema, defaults filled in. @throws ConfigError */
export function checked<S extends v.GenericSchema>(schema: S, input: unknown): v.InferOutput<S> {
  const result = v.safeParse(schema, input)
  if (result.success) return result.output
  const issue = result.issues[0]
  throw new ConfigError(`${v.getDotPath(issue) ?? 'configuration'}: ${issue.message}`)
}

/** Without what was not given, so that it hides nothing when spread over other options. */
export function given(options: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
}
