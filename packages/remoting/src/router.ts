import { assert, type Logger, messageOf } from '@cometmq/platform'
import { type Frame, isOneway, responseCode } from '@cometmq/protocol'
import { Refusal } from './error.ts'
import type { Express } from './express.ts'
import type { Lane } from './lane.ts'
import type { Peer } from './peer.ts'
import type { Processor, Reply, RequestContext } from './processor.ts'

/** One row of a server's table: what is answered, by whom, how many at once. */
export interface Route {
  readonly processor: Processor
  readonly lane: Lane
}

export interface RouterOptions {
  /** What requests are shown to before they are decoded. */
  express?: Express
  /** Routes that are seldom asked for: loaded with the first request that no other route answers. */
  more?: () => Promise<readonly Route[]>
}

/** Requests that wait for the seldom routes to be loaded; one more is answered SYSTEM_BUSY. */
const maxWaiting = 1_000

type Answer = (reply: Reply, route: Route | undefined) => void

/** Finds the processor of a request and turns what it returns or throws into the one response. */
export class Router {
  readonly express: Express | undefined
  readonly #routes = new Map<number, Route>()
  readonly #logger: Logger
  #more: (() => Promise<readonly Route[]>) | undefined
  #loading: Promise<void> | undefined
  #waiting = 0

  constructor(routes: readonly Route[], logger: Logger, { express, more }: RouterOptions = {}) {
    this.#logger = logger
    this.express = express
    this.#more = more
    this.#add(routes)
  }

  /** Calls `answer` exactly once, now or later; the caller drops it for a oneway request. */
  route(frame: Frame, peer: Peer, answer: Answer): void {
    const route = this.#routes.get(frame.code)
    if (route === undefined && this.#more !== undefined) return this.#routeLater(this.#more, frame, peer, answer)
    if (route === undefined) {
      this.#logger.debug({ peer: peer.name, code: frame.code }, 'a request with an unknown code')
      return answer(
        { code: responseCode.REQUEST_CODE_NOT_SUPPORTED, remark: ` request type ${frame.code} not supported` },
        undefined,
      )
    }
    const { lane, processor } = route
    if (!lane.enter()) {
      const remark = `[OVERLOAD]system busy, start flow control for a while: ${lane.fullRemark}`
      return answer({ code: responseCode.SYSTEM_BUSY, remark }, route)
    }
    const context = new Context(frame, peer, lane)
    let reply: Reply | Promise<Reply>
    try {
      reply = processor.process(frame, context)
    } catch (error) {
      context.hold()
      return answer(this.failureReply(error, frame.opaque, processor.command.name, peer), route)
    }
    if (reply instanceof Promise) {
      reply.then(
        (settled) => {
          context.hold()
          answer(settled, route)
        },
        (error: unknown) => {
          context.hold()
          answer(this.failureReply(error, frame.opaque, processor.command.name, peer), route)
        },
      )
      return
    }
    context.hold()
    answer(reply, route)
  }

  #add(routes: readonly Route[]): void {
    for (const route of routes) {
      const { code, name } = route.processor.command
      assert(!this.#routes.has(code), `two processors for ${name} (${code})`)
      this.#routes.set(code, route)
    }
  }

  #routeLater(more: () => Promise<readonly Route[]>, frame: Frame, peer: Peer, answer: Answer): void {
    if (this.#waiting >= maxWaiting) {
      const remark = `[OVERLOAD]system busy, start flow control for a while: ${maxWaiting} requests wait for the routes of administration`
      return answer({ code: responseCode.SYSTEM_BUSY, remark }, undefined)
    }
    this.#waiting++
    this.#loading ??= this.#load(more)
    this.#loading.then(
      () => {
        this.#waiting--
        this.route(frame, peer, answer)
      },
      (error: unknown) => {
        this.#waiting--
        answer(this.failureReply(error, frame.opaque, `request type ${frame.code}`, peer), undefined)
      },
    )
  }

  async #load(more: () => Promise<readonly Route[]>): Promise<void> {
    try {
      this.#add(await more())
      this.#more = undefined
    } finally {
      this.#loading = undefined
    }
  }

  /** The reply to a request that failed, and its line in the log. */
  failureReply(error: unknown, opaque: number, command: string, peer: Peer): Reply {
    if (error instanceof Refusal) {
      this.#logger.debug({ peer: peer.name, command, code: error.responseCode }, error.message)
      return { code: error.responseCode, remark: error.message, ext: error.ext }
    }
    this.#logger.warn({ peer: peer.name, command, opaque, error }, 'a request failed')
    return { code: responseCode.SYSTEM_ERROR, remark: messageOf(error) }
  }
}

class Context implements RequestContext {
  readonly #frame: Frame
  readonly peer: Peer
  #lane: Lane | undefined

  constructor(frame: Frame, peer: Peer, lane: Lane) {
    this.#frame = frame
    this.peer = peer
    this.#lane = lane
  }

  get ext() {
    return this.#frame.ext
  }

  get version() {
    return this.#frame.version
  }

  get language() {
    return this.#frame.language
  }

  get isOneway() {
    return isOneway(this.#frame)
  }

  hold(): void {
    this.#lane?.leave()
    this.#lane = undefined
  }
}
