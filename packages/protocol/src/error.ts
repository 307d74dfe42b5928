import { CometError } from '@cometmq/platform'

/** Bytes that are not what the protocol says. The connection that sent them is closed. */
export class ProtocolError extends CometError {
  constructor(message: string, cause?: unknown) {
    super('PROTOCOL_MALFORMED', message, { cause })
  }
}

/** A request whose header lacks a field, or has one that cannot be read. It is answered with SYSTEM_ERROR; the connection lives on. */
export class HeaderFieldError extends CometError {
  constructor(message: string) {
    super('PROTOCOL_HEADER_FIELD', message)
  }
}
