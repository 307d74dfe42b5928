import { destination as descriptor, pino, stdSerializers, stdTimeFunctions } from 'pino'
import type { Logger, LogLevel } from '../logger.ts'
import { formatLogLine } from './log-line.ts'

/** The process's error stream: what a command prints as its result stays free of log lines. */
const standardError = 2

export interface PinoLoggerOptions {
  level: LogLevel
  /** JSON lines for machines instead of lines for people. Default: lines for people. */
  json?: boolean
  /** Takes whole lines; default: the process's error stream, written at once. */
  destination?: LogDestination
}

export interface LogDestination {
  write(line: string): void
}

/**
 * Logs through pino, in this process and on this thread.
 *
 * The field `component` names the part that speaks and has its own column in lines for people: `logger.child({ component: 'broker' })`.
 * Errors in the fields `error`, `reason` and `cause` keep their code, their stack and their causes.
 *
 * @example
 * const logger = pinoLogger({ level: 'info' })
 * logger.child({ component: 'broker' }).warn({ peer }, 'closed a connection: malformed frame')
 * // 12:34:56.789 WARN  broker  closed a connection: malformed frame  peer=10.0.0.7:51034
 */
export function pinoLogger({ level, json = false, destination }: PinoLoggerOptions): Logger {
  const lines = destination ?? descriptor({ fd: standardError, sync: true })
  const options = {
    level,
    base: null,
    timestamp: stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err, reason: stdSerializers.err, cause: stdSerializers.err },
  }
  return pino(options, json ? lines : { write: (line: string) => lines.write(formatLogLine(line)) })
}
