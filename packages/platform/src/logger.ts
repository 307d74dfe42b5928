/**
 * Logging as an argument. Fields first, sentence second: `logger.warn({ peer, code }, 'closed a connection: malformed frame')`.
 */
export interface Logger {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
  /** A logger that adds `fields` to each line. */
  child(fields: object): Logger
}

export type LogLevel = 'silent' | 'error' | 'warn' | 'info' | 'debug'
export const logLevels: readonly LogLevel[] = ['silent', 'error', 'warn', 'info', 'debug']

/** Says nothing. */
export const silentLogger: Logger = {
  debug() {},
  info() {},
  warn() {},
  error() {},
  child: () => silentLogger,
}
