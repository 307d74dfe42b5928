/**
 * The base of every error that CometMQ raises on purpose. `code` is stable and may be relied upon; the message says what happened, where,
 * and what to do. Bugs are not errors: they throw `AssertionError`.
 */
export abstract class CometError extends Error {
  /** Stable, upper-case, with the package's prefix: `STORE_WRITE_FAILED`. */
  readonly code: string
  /** Whether the same call may succeed later without a change by its caller. */
  readonly retriable: boolean

  constructor(code: string, message: string, options: { cause?: unknown; retriable?: boolean } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = new.target.name
    this.code = code
    this.retriable = options.retriable ?? false
  }
}

/** A file operation failed. `systemCode` is the operating system's: `ENOENT`, `ENOSPC`, `EIO`, … */
export class FileSystemError extends CometError {
  readonly systemCode: string
  readonly path: string
  readonly operation: string

  constructor(operation: string, path: string, systemCode: string, cause?: unknown) {
    super('FILE_SYSTEM', `${operation} ${path}: ${systemCode}`, {
      cause,
      retriable: systemCode === 'ENOSPC' || systemCode === 'EDQUOT' || systemCode === 'EAGAIN',
    })
    this.systemCode = systemCode
    this.path = path
    this.operation = operation
  }
}

/** A connection could not be made, or broke. `systemCode` is the operating system's: `ECONNREFUSED`, `EADDRINUSE`, … */
export class NetworkError extends CometError {
  readonly systemCode: string

  constructor(message: string, systemCode: string, cause?: unknown) {
    super('NETWORK', `${message}: ${systemCode}`, { cause, retriable: true })
    this.systemCode = systemCode
  }
}

/** The operating system's code of a Node or CometMQ error, `UNKNOWN` when it has none. */
export function systemCodeOf(error: unknown): string {
  if (error instanceof FileSystemError || error instanceof NetworkError) return error.systemCode
  const code = (error as { code?: unknown } | null | undefined)?.code
  return typeof code === 'string' ? code : 'UNKNOWN'
}

/** Whether a file operation failed because the disk, or the quota of whoever runs us, has no room left: it can work again without a repair. */
export function isOutOfSpace(error: unknown): boolean {
  const systemCode = systemCodeOf(error)
  return systemCode === 'ENOSPC' || systemCode === 'EDQUOT'
}

/** A message for people from whatever was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
