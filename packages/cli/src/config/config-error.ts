import { CometError } from '@cometmq/platform'

/** What the command line or the configuration file asks for cannot be done. */
export class ConfigError extends CometError {
  constructor(message: string, cause?: unknown) {
    super('CONFIG', message, { cause })
  }
}
