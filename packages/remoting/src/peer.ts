import { type Address, type Clock, type Connection, formatAddress, type Logger } from '@cometmq/platform'
import {
  bytes,
  type Command,
  decodeFrame,
  emptyBody,
  encodeHeader,
  type Frame,
  flagOneway,
  flagResponse,
  isOneway,
  isResponse,
  ProtocolError,
  type RequestBodyOf,
  type RequestInputOf,
  type ResponseBodyOf,
  type ResponseOf,
  responseCode,
  type Serialization,
} from '@cometmq/protocol'
import { ConnectionClosedError, ResponseError, TooManyPendingError } from './error.ts'
import type { FrameWriter } from './express.ts'
import { FrameReader } from './frame-reader.ts'
import { remotingLimits } from './limits.ts'
import { type Body, Outbox } from './outbox.ts'
import { OutgoingChunks } from './outgoing-chunks.ts'
import { PendingRequests } from './pending-requests.ts'
import type { Reply } from './processor.ts'
import type { Router } from './router.ts'

/** What a request of ours came back with. */
export interface Answer<C extends Command> {
  code: number
  remark: string | undefined
  fields: ResponseOf<C>
  body: ResponseBodyOf<C>
}

export interface InvokeOptions<C extends Command> {
  body?: RequestBodyOf<C>
  timeoutMs?: number
  /** Response codes besides SUCCESS that are returned; all others are a `ResponseError`. */
  accept?: readonly number[]
}

export interface PeerWorld {
  clock: Clock
  logger: Logger
  /** What the connections of a server share. */
  chunks?: OutgoingChunks
}

/** One connection with its protocol: both sides may ask, both answer, and answers may come in any order. */
export class Peer {
  readonly local: Address
  readonly remote: Address
  /** `host:port` of the other side. */
  readonly name: string
  /** On the clock's monotonic scale: when bytes last went in or out. */
  lastActiveMs: number
  readonly #connection: Connection
  readonly #clock: Clock
  readonly #logger: Logger
  readonly #router: Router
  readonly #pending: PendingRequests
  readonly #outbox: Outbox
  readonly #closeListeners = new Set<() => void>()
  #inProgress = 0
  #paused = false
  #closed = false

  constructor(connection: Connection, router: Router, world: PeerWorld) {
    this.#connection = connection
    this.#clock = world.clock
    this.#logger = world.logger
    this.#router = router
    this.local = connection.local
    this.remote = connection.remote
    this.name = formatAddress(connection.remote)
    this.lastActiveMs = world.clock.monotonicMs()
    this.#pending = new PendingRequests(world.clock, this.name)
    this.#outbox = new Outbox((chunk) => {
      this.lastActiveMs = world.clock.monotonicMs()
      connection.write(chunk)
      const { pendingBytes } = connection
      if (pendingBytes > remotingLimits.outgoingBytesPerConnection) this.#pause()
      return pendingBytes === 0
    }, world.chunks ?? new OutgoingChunks())
  }

  get isClosed(): boolean {
    return this.#closed
  }

  /** Nothing more is read from it for now: it does not take what it is sent, or has as much in progress as it may. */
  get isPaused(): boolean {
    return this.#paused
  }

  start(): void {
    const { express } = this.#router
    const reader = new FrameReader((chunk, start, end) => {
      if (this.#closed || express?.take(chunk, start, end, this)) return
      // Decoded, a frame may be kept for as long as its answer takes.
      this.#receive(decodeFrame(Buffer.from(chunk.subarray(start, end)), 0, end - start))
    })
    this.#connection.start({
      data: (chunk) => {
        this.lastActiveMs = this.#clock.monotonicMs()
        try {
          reader.push(chunk)
        } catch (error) {
          this.#reject(error, chunk)
        }
      },
      drained: () => {
        this.#outbox.drained()
        this.#resumeIfClear()
      },
      closed: (reason) => this.#close(reason),
    })
  }

  /** Runs `listener` once when the connection closes; at once when it is closed already. Returns how to take it back. */
  onClose(listener: () => void): () => void {
    if (this.#closed) listener()
    else this.#closeListeners.add(listener)
    return () => this.#closeListeners.delete(listener)
  }

  /**
   * Asks, and waits for the answer.
   *
   * @throws RequestTimeoutError, ConnectionClosedError, TooManyPendingError, ResponseError
   */
  async invoke<C extends Command>(
    command: C,
    request: RequestInputOf<C>,
    options: InvokeOptions<C> = {},
  ): Promise<Answer<C>> {
    if (this.#closed) throw new ConnectionClosedError(this.name)
    if (this.#pending.size >= remotingLimits.pendingRequests)
      throw new TooManyPendingError(this.name, remotingLimits.pendingRequests)
    const opaque = this.#pending.nextOpaque()
    const answered = this.#pending.wait(opaque, command.name, options.timeoutMs ?? remotingLimits.requestTimeoutMs)
    this.#send(command, request, options.body, opaque, 0)
    const frame = await answered
    if (frame.code !== responseCode.SUCCESS && !options.accept?.includes(frame.code)) {
      throw new ResponseError(command.name, this.name, frame.code, frame.remark)
    }
    return {
      code: frame.code,
      remark: frame.remark,
      fields: command.decodeResponse(frame.ext),
      body: decodeBody(command, frame),
    }
  }

  /** Says, without an answer. Ignored when closed. */
  oneway<C extends Command>(command: C, request: RequestInputOf<C>, body?: RequestBodyOf<C>): void {
    if (!this.#closed) this.#send(command, request, body, this.#pending.nextOpaque(), flagOneway)
  }

  /** A request was begun on the fast way: it counts as in progress until `endExpress`. */
  beginExpress(): void {
    this.#inProgress++
    if (this.#inProgress >= remotingLimits.requestsInProgressPerConnection) this.#pause()
  }

  endExpress(): void {
    this.#inProgress--
    if (this.#paused) this.#resumeIfClear()
  }

  /** Sends a frame that writes itself. Ignored when closed. */
  answerExpress(frame: FrameWriter): void {
    if (!this.#closed) this.#outbox.appendFrame(frame)
  }

  /** Sends what a request that came the fast way is answered with other than by a frame. Ignored when closed. */
  answer(request: { opaque: number; serialization: Serialization }, reply: Reply, command: Command): void {
    if (!this.#closed) this.#reply(request, reply, command)
  }

  /** The reply to a request that failed on the fast way, and its line in the log. */
  failureReply(error: unknown, opaque: number, command: Command): Reply {
    return this.#router.failureReply(error, opaque, command.name, this)
  }

  /** Closes after what was sent has left. Idempotent. */
  end(): void {
    this.#outbox.flush()
    this.#connection.end()
  }

  destroy(reason?: Error): void {
    this.#connection.destroy(reason)
  }

  #send<C extends Command>(
    command: C,
    request: RequestInputOf<C>,
    body: RequestBodyOf<C> | undefined,
    opaque: number,
    flag: number,
  ): void {
    const header = encodeHeader({ code: command.code, flag, opaque, ext: command.encodeRequest(request) }, 'json')
    this.#outbox.append(header, body === undefined ? emptyBody : command.requestBody.encode(body))
  }

  #receive(frame: Frame): void {
    if (this.#closed) return
    if (isResponse(frame)) {
      if (!this.#pending.complete(frame))
        this.#logger.debug({ peer: this.name, opaque: frame.opaque }, 'a response that nobody waits for')
      return
    }
    this.#inProgress++
    if (this.#inProgress >= remotingLimits.requestsInProgressPerConnection) this.#pause()
    this.#router.route(frame, this, (reply, route) => {
      this.#inProgress--
      if (!isOneway(frame) && !this.#closed) this.#reply(frame, reply, route?.processor.command)
      if (this.#paused) this.#resumeIfClear()
    })
  }

  #reply(request: { opaque: number; serialization: Serialization }, reply: Reply, command: Command | undefined): void {
    const ext = reply.fields === undefined ? reply.ext : command?.encodeResponse(reply.fields)
    const header = {
      code: reply.code ?? responseCode.SUCCESS,
      flag: flagResponse,
      opaque: request.opaque,
      remark: reply.remark,
      ext,
    }
    const isCopied = this.#outbox.append(encodeHeader(header, request.serialization), bodyOf(reply, command))
    if (isCopied) reply.copied?.()
  }

  #pause(): void {
    if (this.#paused) return
    this.#paused = true
    this.#connection.pause()
  }

  #resumeIfClear(): void {
    if (!this.#paused || this.#closed) return
    if (this.#inProgress > remotingLimits.requestsInProgressPerConnection / 2) return
    if (this.#connection.pendingBytes > remotingLimits.outgoingBytesPerConnection / 2) return
    this.#paused = false
    this.#connection.resume()
  }

  #reject(error: unknown, chunk: Buffer): void {
    if (!(error instanceof ProtocolError)) throw error
    this.#logger.warn(
      { peer: this.name, reason: error.message, ...speaks(chunk) },
      'closed a connection: it does not speak frames',
    )
    this.#connection.destroy(error)
  }

  #close(reason: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.#outbox.close()
    this.#pending.failAll(new ConnectionClosedError(this.name, reason))
    for (const listener of this.#closeListeners) listener()
    this.#closeListeners.clear()
  }
}

/** A refusal that the caller accepts has no body as a rule, which is not a malformed one. */
function decodeBody<C extends Command>(command: C, frame: Frame): ResponseBodyOf<C> {
  const isAbsent = frame.code !== responseCode.SUCCESS && frame.body.length === 0 && command.responseBody !== bytes
  return (isAbsent ? undefined : command.responseBody.decode(frame.body)) as ResponseBodyOf<C>
}

function bodyOf(reply: Reply, command: Command | undefined): Body {
  if (reply.bytes !== undefined) return reply.bytes
  if (reply.body === undefined || command === undefined) return emptyBody
  return command.responseBody.encode(reply.body)
}

/** A guess at what a peer speaks instead, for the log. */
function speaks(chunk: Buffer): { hint?: string } {
  if (chunk[0] === 0x16 && chunk[1] === 0x03) return { hint: 'this is a TLS handshake, and TLS is not enabled here' }
  if (/^(GET|POST|PUT|HEAD|OPTIONS|PRI) /.test(chunk.toString('latin1', 0, 8))) return { hint: 'this is HTTP' }
  return {}
}
