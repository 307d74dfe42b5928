import { type Command, type RequestBodyOf, type RequestInputOf, responseCode } from '@cometmq/protocol'
import { ConnectionClosedError, Refusal, RequestTimeoutError, ResponseError } from '@cometmq/remoting'
import type { ConsumerGroups, Member } from './consumer-groups.ts'

/** A consumer is given so long to answer what an administrator asks. */
const askTimeoutMs = 10_000

/** The connected consumer with that id. @throws Refusal */
export function consumerNamed(consumers: ConsumerGroups, group: string, clientId: string): Member {
  for (const member of consumers.get(group)?.members.values() ?? []) if (member.clientId === clientId) return member
  throw new Refusal(responseCode.SYSTEM_ERROR, `The Consumer <${group}> <${clientId}> not online`)
}

/** Passes a request on to a consumer, and its answer back as it is. @throws Refusal */
export async function askConsumer<C extends Command>(
  { peer, clientId }: Member,
  group: string,
  command: C,
  request: RequestInputOf<C>,
  body?: RequestBodyOf<C>,
): Promise<{ remark: string | undefined; bytes: Buffer }> {
  try {
    const options = { timeoutMs: askTimeoutMs, ...(body !== undefined && { body }) }
    const answer = await peer.invoke(command, request, options)
    return { remark: answer.remark, bytes: answer.body as Buffer }
  } catch (error) {
    if (error instanceof ResponseError)
      throw new Refusal(error.responseCode, error.remark ?? error.message, { cause: error })
    if (error instanceof RequestTimeoutError) {
      const remark = `consumer <${group}> <${clientId}> Timeout: it has not answered ${command.name} within ${askTimeoutMs} ms`
      throw new Refusal(responseCode.CONSUME_MSG_TIMEOUT, remark, { cause: error })
    }
    if (error instanceof ConnectionClosedError) {
      const remark = `The Consumer <${group}> <${clientId}> not online: it disconnected before it answered`
      throw new Refusal(responseCode.SYSTEM_ERROR, remark, { cause: error })
    }
    throw error
  }
}
