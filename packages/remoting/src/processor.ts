import type { Command, ExtFields, Frame, RequestBodyOf, RequestOf, ResponseBodyOf, ResponseOf } from '@cometmq/protocol'
import type { Body } from './outbox.ts'
import type { Peer } from './peer.ts'

/** What a processor answers. Without `code` it is SUCCESS. */
export interface Reply<Fields = unknown, ResBody = unknown> {
  code?: number | undefined
  remark?: string | undefined
  fields?: Fields
  /** Instead of `fields`: header fields as they travel. */
  ext?: ExtFields | undefined
  /** Encoded by the command's response body codec. */
  body?: ResBody
  /** Instead of `body`: bytes that are sent as they are. */
  bytes?: Body
  /** Called when `bytes` were copied and are not looked at again; never when they are sent as they are, or not at all. */
  copied?: (() => void) | undefined
}

/** Who asks, and how. */
export interface RequestContext {
  readonly peer: Peer
  /** The header fields as they came, for what a command does not declare. */
  readonly ext: ExtFields | undefined
  readonly version: number
  readonly language: string | undefined
  readonly isOneway: boolean
  /** Leaves the lane: the request is held and no longer counts as in progress. */
  hold(): void
}

/** Answers one command. Its errors become responses in the router and nowhere else. */
export interface Processor {
  readonly command: Command
  process(frame: Frame, context: RequestContext): Reply | Promise<Reply>
}

type Handler<C extends Command> = (
  request: RequestOf<C>,
  body: RequestBodyOf<C>,
  context: RequestContext,
) => Reply<ResponseOf<C>, ResponseBodyOf<C>> | Promise<Reply<ResponseOf<C>, ResponseBodyOf<C>>>

/**
 * Declares a processor: its command, what it may touch, and what it does.
 *
 * @example
 * export const maxOffset = handle(getMaxOffset, ({ store }: { store: MessageStore }) => ({ topic, queueId }) => ({
 *   fields: { offset: store.maxOffset(topic, queueId) },
 * }))
 */
export function handle<C extends Command, Deps>(
  command: C,
  create: (deps: Deps) => Handler<C>,
): (deps: Deps) => Processor {
  return (deps) => {
    const handler = create(deps)
    return {
      command,
      process: (frame, context) =>
        handler(command.decodeRequest(frame.ext), command.requestBody.decode(frame.body), context),
    }
  }
}
