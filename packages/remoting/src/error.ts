import { CometError } from '@cometmq/platform'
import { describeResponseCode, type ExtFields } from '@cometmq/protocol'

/** No answer in time. The request may have been carried out. */
export class RequestTimeoutError extends CometError {
  constructor(command: string, peer: string, timeoutMs: number) {
    super('REMOTING_TIMEOUT', `${peer} did not answer ${command} within ${timeoutMs} ms`, { retriable: true })
  }
}

/** The connection closed before the answer came. The request may have been carried out. */
export class ConnectionClosedError extends CometError {
  constructor(peer: string, cause?: unknown) {
    super('REMOTING_CLOSED', `the connection to ${peer} is closed`, { cause, retriable: true })
  }
}

/** Too many requests wait for an answer on one connection. */
export class TooManyPendingError extends CometError {
  constructor(peer: string, limit: number) {
    super(
      'REMOTING_TOO_MANY_PENDING',
      `${limit} requests wait for an answer of ${peer}; wait for some before sending more`,
      { retriable: true },
    )
  }
}

/** The peer answered with another code than SUCCESS. */
export class ResponseError extends CometError {
  readonly responseCode: number
  readonly remark: string | undefined

  constructor(command: string, peer: string, responseCode: number, remark: string | undefined) {
    super(
      'REMOTING_RESPONSE',
      `${peer} answered ${command} with ${describeResponseCode(responseCode)}: ${remark ?? 'no remark'}`,
    )
    this.responseCode = responseCode
    this.remark = remark
  }
}

/** A processor's "no": it becomes the response's code and remark. The remark names the cause, and what to do where that is known. */
export class Refusal extends CometError {
  readonly responseCode: number
  /** Header fields that go with the refusal. */
  readonly ext: ExtFields | undefined

  constructor(responseCode: number, remark: string, options: { cause?: unknown; ext?: ExtFields } = {}) {
    super('REMOTING_REFUSAL', remark, { cause: options.cause })
    this.responseCode = responseCode
    this.ext = options.ext
  }
}
